import type { Fault } from '../faults.ts'

/** Code points per piece of a short text: one token. */
const SMALLEST_PIECE = 4
/** The minimum number of pieces of a short text, and the maximum of a long one. */
const FEWEST_PIECES = 3
const MOST_PIECES = 40
/** The size of the frame of the `big-frame` fault: more than most line buffers. */
const BIG_FRAME_BYTES = 300_000

/** Splits a text into the pieces of a stream, never inside a code point. */
export function cutForStream(text: string): string[] {
  const points = Array.from(text)
  const forFewest = Math.max(1, Math.floor(points.length / FEWEST_PIECES))
  const size = Math.max(Math.min(SMALLEST_PIECE, forFewest), Math.ceil(points.length / MOST_PIECES))
  const pieces: string[] = []
  for (let start = 0; start < points.length; start += size) {
    pieces.push(points.slice(start, start + size).join(''))
  }
  return pieces
}

/** The pieces prescribed by a fault instead of the response's own; undefined if there are none. */
export function faultPieces(fault: Fault | undefined): string[] | undefined {
  if (fault?.name === 'big-frame') return ['big ', 'x'.repeat(BIG_FRAME_BYTES), ' end']
  if (fault?.name !== 'frames') return undefined
  // The last frame of a stream is empty, so one piece less than frames.
  return Array.from({ length: Math.max(0, fault.count - 1) }, (_, index) => `word${index + 1} `)
}
