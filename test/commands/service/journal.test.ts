import t from 'tap'
import { writesToJournal } from '../../../src/commands/service/journal.ts'

const stream = () => ({ dev: 9, ino: 42_001 })

t.test('the stream that systemd made is the journal', async (t) => {
  t.equal(writesToJournal({ JOURNAL_STREAM: '9:42001' }, 1, stream), true)
})

t.test('a redirected stream and one outside systemd are not the journal', async (t) => {
  t.equal(writesToJournal({ JOURNAL_STREAM: '9:42002' }, 1, stream), false)
  t.equal(writesToJournal({}, 1, stream), false)
})

t.test('a closed stream is not the journal', async (t) => {
  const closed = () => {
    throw new Error('EBADF')
  }
  t.equal(writesToJournal({ JOURNAL_STREAM: '9:42001' }, 1, closed), false)
})

t.test('looks at a real descriptor', async (t) => {
  t.equal(writesToJournal({ JOURNAL_STREAM: '0:0' }, 1), false)
})
