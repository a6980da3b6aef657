/**
 * Characters that a terminal would interpret instead of showing: escape sequences, and marks that change the text
 * direction.
 */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

/** Characters that are two columns wide (Unicode Standard Annex #11, wide and fullwidth). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/** Most terminals are at least this wide. */
const MAX_TABLE_COLUMNS = 100

/** The minimum width of a truncated column: enough letters to recognise a name. */
const MIN_CELL_COLUMNS = 10

const GAP = '  '

interface Layout {
  /** Right-aligned columns, by position. */
  right?: ReadonlySet<number>
  /** Columns that are truncated, the widest first, until the table fits into 100 columns. */
  shrinkable?: readonly number[]
}

/**
 * Formats rows as a table. Names of users and models come from callers, so control characters are removed from cells.
 *
 * @param head one word for each column.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { right = new Set(), shrinkable = [] }: Layout = {},
): string {
  const lines = [head.map((word) => word.toUpperCase()), ...rows].map((cells) => cells.map(showable))
  const natural = head.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? ''))))
  const widths = fittingWidths(natural, shrinkable)
  return lines
    .map((cells) => {
      const padded = cells.map((cell, column) => {
        const width = widths[column] ?? 0
        const shown = cut(cell, width)
        const space = ' '.repeat(width - widthOf(shown))
        return right.has(column) ? space + shown : shown + space
      })
      return padded.join(GAP).trimEnd()
    })
    .join('\n')
}

/** A time in ISO 8601 to the minute, `2026-11-28 17:23`, in UTC. */
export function minuteOf(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}

/** A text without characters that a terminal would interpret. */
export function showable(text: string): string {
  return text.replace(UNSHOWABLE, '\ufffd')
}

function fittingWidths(natural: readonly number[], shrinkable: readonly number[]): number[] {
  const widths = [...natural]
  const total = () => widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1))
  while (total() > MAX_TABLE_COLUMNS) {
    const [widest] = shrinkable.toSorted((one, other) => (widths[other] ?? 0) - (widths[one] ?? 0))
    const width = widest === undefined ? 0 : (widths[widest] ?? 0)
    if (widest === undefined || width <= MIN_CELL_COLUMNS) break
    widths[widest] = width - 1
  }
  return widths
}

function cut(cell: string, width: number): string {
  if (widthOf(cell) <= width) return cell
  const characters = [...cell]
  while (widthOf(characters.join('')) > width - 1) characters.pop()
  return `${characters.join('')}…`
}

function widthOf(text: string): number {
  return [...text].reduce((width, character) => width + (WIDE.test(character) ? 2 : 1), 0)
}
