import { displayWidth, printable, truncate } from './printable.ts'

/** A cell: its text, and how to colour it. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** May be cut down to this many columns when the terminal is narrow. */
  readonly minWidth?: number
}

const GAP = '  '

/**
 * Rows under titles, fitted to `columns` by cutting cells that may be cut, widest first. A table that
 * is still too wide becomes blocks of lines `title  value`, because a terminal would wrap its rows.
 *
 * @param paintTitle - colours the titles
 */
export function table(
  head: readonly Column[],
  rows: readonly (readonly (Cell | string)[])[],
  columns: number,
  paintTitle: (text: string) => string = (text) => text,
): string {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)).map(printableCell),
  )
  const widths = fit(
    head,
    head.map(({ title }, i) =>
      Math.max(displayWidth(title), ...cells.map((row) => displayWidth(row[i]?.text ?? ''))),
    ),
    columns,
  )
  if (widths === undefined) return blocks(head, cells, columns, paintTitle)
  const line = (row: readonly Cell[]): string =>
    row
      .map((cell, i) => padded(cell, widths[i] ?? 0, head[i]?.align))
      .join(GAP)
      .trimEnd()
  const titles = head.map(({ title }) => ({ text: title, paint: paintTitle }))
  return `${[titles, ...cells].map(line).join('\n')}\n`
}

function printableCell({ text, ...cell }: Cell): Cell {
  return { ...cell, text: printable(text) }
}

function fit(
  head: readonly Column[],
  natural: readonly number[],
  columns: number,
): number[] | undefined {
  const widths = [...natural]
  const gaps = GAP.length * (head.length - 1)
  for (;;) {
    const excess = widths.reduce((sum, width) => sum + width, gaps) - columns
    if (excess <= 0) return widths
    let widest = -1
    for (const [i, { minWidth }] of head.entries()) {
      const width = widths[i] ?? 0
      if (minWidth === undefined || width <= minWidth) continue
      if (widest < 0 || width > (widths[widest] ?? 0)) widest = i
    }
    if (widest < 0) return undefined
    widths[widest] = (widths[widest] ?? 0) - 1
  }
}

function padded({ text, paint }: Cell, width: number, align: Column['align']): string {
  const shown = truncate(text, width)
  const space = ' '.repeat(Math.max(0, width - displayWidth(shown)))
  const painted = paint === undefined ? shown : paint(shown)
  return align === 'right' ? space + painted : painted + space
}

function blocks(
  head: readonly Column[],
  rows: readonly (readonly Cell[])[],
  columns: number,
  paintTitle: (text: string) => string,
): string {
  const width = Math.max(...head.map(({ title }) => displayWidth(title)))
  const room = Math.max(8, columns - width - GAP.length)
  const block = (row: readonly Cell[]): string =>
    head
      .map(({ title, minWidth }, i) => {
        const { text, paint } = row[i] ?? { text: '' }
        const shown = minWidth === undefined ? text : truncate(text, room)
        const value = paint === undefined ? shown : paint(shown)
        return `${padded({ text: title, paint: paintTitle }, width, 'left')}${GAP}${value}`.trimEnd()
      })
      .join('\n')
  return `${rows.map(block).join('\n\n')}\n`
}
