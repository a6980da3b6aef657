/** Code points per piece: about a line of text, so that a page shows the response growing. */
const PIECE_CODE_POINTS = 64

/**
 * The maximum number of pieces. A cumulative stream repeats the text in every frame, so a long text gets larger
 * pieces.
 */
const MOST_PIECES = 32

/** Splits a text for a stream, never inside a surrogate pair. An empty text has no pieces. */
export function piecesOf(text: string): string[] {
  const size = Math.max(PIECE_CODE_POINTS, Math.ceil(text.length / MOST_PIECES))
  const pieces: string[] = []
  for (let from = 0; from < text.length; ) {
    let to = from + size
    if (isLowSurrogate(text.charCodeAt(to)) && !isLowSurrogate(text.charCodeAt(to - 1))) to += 1
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
