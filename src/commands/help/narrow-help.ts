import { Help, Option } from 'commander'

/** Columns that a description beside its term needs, to be read as text. */
const LEAST_BESIDE = 24
const UNDER = '      '

/**
 * Help for terminals of any width: where there is no room beside a term, its description stands under it.
 * Choices are not added to descriptions, which name them already.
 */
export const NARROW_HELP: Partial<Help> = {
  minWidthToWrap: LEAST_BESIDE,
  optionDescription(option) {
    const plain = Object.assign(new Option(option.flags), option)
    delete plain.argChoices
    return Help.prototype.optionDescription.call(this, plain)
  },
  formatItem(term, termWidth, description, helper) {
    const columns = helper.helpWidth ?? 80
    const beside = columns - termWidth - 4
    if (description === '' || beside >= LEAST_BESIDE) {
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
    }
    const under = helper.boxWrap(description, Math.max(LEAST_BESIDE, columns - UNDER.length))
    return [`  ${term}`, ...under.split('\n').map((line) => UNDER + line)].join('\n')
  },
}
