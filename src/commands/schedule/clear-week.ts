import type { Invocation } from '../invocation.ts'
import { note } from '../terminal/print.ts'
import { printable, shellWord } from '../terminal/printable.ts'
import { weekFile } from './edit-week.ts'
import { keepWeek } from './kept-file.ts'
import { sendWeek, type WeekOptions } from './send-week.ts'
import { isEmpty, weekToChange } from './thermostat-week.ts'

/** Takes all setpoints out of the week, after a question, and leaves a file to undo that with. */
export async function clearWeek(call: Invocation<WeekOptions>, asked: string): Promise<number> {
  const { io } = call
  const { client, device } = await call.requireDevice(asked)
  const { serial, name } = device
  const now = await weekToChange(client, device, call.options)
  if (now.schedule !== undefined && isEmpty(now.week)) {
    const line = `${printable(name)} has no setpoints. Nothing was sent.`
    call.print({ serial, name, changes: [] }, line)
    return 0
  }
  const replacement = { client, device, now, wanted: { days: {} } }
  if (now.schedule === undefined) {
    const question = `${printable(name)} has not told its week, so it cannot be brought back. Clear it all the same?`
    return sendWeek(call, { ...replacement, question })
  }
  return sendWeek(call, {
    ...replacement,
    beforeSending() {
      const file = shellWord(keepWeek(io, device, weekFile(now, device)))
      note(
        io,
        `The week is kept in ${file}. To have it again: nle schedule set ${shellWord(name)} ${file}`,
      )
    },
  })
}
