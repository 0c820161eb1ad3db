import { NleError } from '../../errors.ts'
import type { MatterAnswer, MatterCodesAnswer } from '../client/answers.ts'
import type { ServerClient } from '../client/client.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf } from '../terminal/print.ts'
import { codeText, matterLines } from './matter-text.ts'

/** The codes are the owner's; others see the rest. */
export async function codesOf(client: ServerClient): Promise<MatterCodesAnswer | undefined> {
  try {
    return await client.call('getMatterCodes')
  } catch (error) {
    if (error instanceof NleError && ['unauthorized', 'forbidden'].includes(error.code)) return
    throw error
  }
}

/** Prints how the bridge goes, and the code while an app may be added. */
export function printBridge(
  status: MatterAnswer,
  codes: MatterCodesAnswer | undefined,
  io: Io,
): void {
  io.stdout.write(matterLines(status, chalkOf(io)))
  if (codes !== undefined) io.stdout.write(codeText(codes, chalkOf(io)))
}
