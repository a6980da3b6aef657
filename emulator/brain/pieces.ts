import type { Fault } from '../faults.ts'

/** Code points in a piece of a short text: one token. */
const SMALLEST_PIECE = 4
/** A short text still comes in this many pieces, a long one in no more than the second number. */
const FEWEST_PIECES = 3
const MOST_PIECES = 40
/** What the `big-frame` fault puts into one frame: more than most line buffers hold. */
const BIG_FRAME_BYTES = 300_000

/** Takes a text; returns it in the pieces a stream sends, never cut inside a code point. */
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

/** Takes a call's fault; returns the pieces it prescribes instead of an answer's own, or undefined. */
export function faultPieces(fault: Fault | undefined): string[] | undefined {
  if (fault?.name === 'big-frame') return ['big ', 'x'.repeat(BIG_FRAME_BYTES), ' end']
  if (fault?.name !== 'frames') return undefined
  // The last frame of a stream is empty, so one piece less than frames.
  return Array.from({ length: Math.max(0, fault.count - 1) }, (_, index) => `word${index + 1} `)
}
