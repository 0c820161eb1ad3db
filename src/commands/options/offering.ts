import type { Option } from 'commander'

/** Names the values that completions offer for an option. The code that reads the option checks its value. */
export function offering(option: Option, words: readonly string[]): Option {
  option.argChoices = [...words]
  return option
}
