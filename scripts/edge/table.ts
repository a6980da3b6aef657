/** What a terminal would obey instead of showing: escape sequences, and marks that turn the writing around. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

/** Characters that take two columns (Unicode Standard Annex #11, wide and fullwidth). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/**
 * Lays rows out in columns, two spaces apart. Names of users and models come from callers, so that no cell may hold
 * anything but text.
 *
 * @param head one word for each column.
 * @param right the columns of numbers, by position.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const lines = [head.map((word) => word.toUpperCase()), ...rows].map((cells) => cells.map(showable))
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? ''))))
  return lines
    .map((cells) => {
      const padded = cells.map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - widthOf(cell))
        return right.has(column) ? space + cell : cell + space
      })
      return padded.join('  ').trimEnd()
    })
    .join('\n')
}

/** A text without anything that a terminal would act on. */
export function showable(text: string): string {
  return text.replace(UNSHOWABLE, '\ufffd')
}

function widthOf(text: string): number {
  return [...text].reduce((width, character) => width + (WIDE.test(character) ? 2 : 1), 0)
}
