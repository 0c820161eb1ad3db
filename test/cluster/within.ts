/** The promise, or an error that says what took too long: a program that hangs tells nobody why. */
export async function within<T>(
  seconds: number,
  what: string,
  promise: Promise<T>,
  state: () => string = () => '',
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: not done after ${seconds} seconds. ${state()}`.trim())),
      seconds * 1_000,
    )
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
