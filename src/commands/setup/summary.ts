import type { ChalkInstance } from 'chalk'
import { printable } from '../terminal/printable.ts'
import { judgeStep, SETUP_STEPS, STEP_TITLES } from './judge-step.ts'
import type { Situation } from './situation.ts'

/** What is done and what is left, for people; the same before, after and without changes. */
export function summaryLines(found: Situation, chalk: ChalkInstance): string[] {
  const steps = SETUP_STEPS.flatMap((step) => {
    const { state, text, next } = judgeStep(step, found)
    const mark = state === 'done' ? chalk.green('✓') : '–'
    return [
      `${mark} ${chalk.bold(STEP_TITLES[step])}: ${printable(text)}`,
      ...(state === 'done' || next === undefined ? [] : [`    ${next}`]),
    ]
  })
  return [...steps, '', `The web page: ${chalk.bold(found.page)}`]
}

/** The same for programs. */
export function summaryJson(found: Situation) {
  const { origin, page } = found
  const steps = SETUP_STEPS.map((step) => ({ step, ...judgeStep(step, found) }))
  return { origin, page, steps }
}
