import { QUOTE } from './characters.ts'
import type { Outline } from './outline.ts'
import { respell } from './respell.ts'

/**
 * Compares two keys by the bytes of their canonical encoding, without creating strings.
 *
 * @returns negative, 0 or positive, as for `sort`.
 */
export function compareKeys(outline: Outline, one: number, other: number): number {
  const { bytes, starts, ends, respelled } = outline
  if (respelled.size > 0 && (respelled.has(one) || respelled.has(other))) {
    const [first, second] = [spelling(outline, one), spelling(outline, other)]
    return compareBytes(first, 1, first.length - 1, second, 1, second.length - 1)
  }
  const [start, otherStart] = [starts[one] as number, starts[other] as number]
  const [end, otherEnd] = [ends[one] as number, ends[other] as number]
  return compareBytes(bytes, start + 1, end - 1, bytes, otherStart + 1, otherEnd - 1)
}

function compareBytes(
  one: Uint8Array,
  from: number,
  to: number,
  other: Uint8Array,
  otherFrom: number,
  otherTo: number,
): number {
  const length = Math.min(to - from, otherTo - otherFrom)
  for (let at = 0; at < length; at++) {
    const difference = (one[from + at] as number) - (other[otherFrom + at] as number)
    if (difference !== 0) return difference
  }
  return to - from - (otherTo - otherFrom)
}

function spelling({ bytes, starts, ends, respelled }: Outline, node: number): Uint8Array {
  const token = bytes.subarray(starts[node], ends[node])
  if (!respelled.has(node)) return token
  const pieces: number[] = [QUOTE]
  respell(token, (piece) => {
    for (const byte of piece) pieces.push(byte)
  })
  return Uint8Array.from([...pieces, QUOTE])
}
