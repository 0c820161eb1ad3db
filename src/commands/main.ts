/** Runs the command line. Resolves to the process's exit code. */
export async function main(_args: readonly string[]): Promise<number> {
  return 0
}
