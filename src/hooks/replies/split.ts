import { bytesOf } from '../../lib/json/utf8.ts'

/** Opening and closing line of a fenced code block. */
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/

/** Bytes reserved in each part for added fence lines. */
const FENCE_ROOM_BYTES = 64

/**
 * Splits a text into parts of at most `maxBytes` UTF-8 bytes: between paragraphs where possible, else between lines,
 * else after a sentence or a space, else between code points. A split code block is closed and reopened, so that each
 * part renders separately; without the added fence lines, the joined parts equal the text.
 *
 * @param maxBytes at least 256.
 */
export function splitText(text: string, maxBytes: number): string[] {
  const parts: string[] = []
  let rest = text
  let fence = ''
  for (;;) {
    const opened = fence === '' ? '' : `${fence}\n`
    if (sizeOf(opened) + sizeOf(rest) <= maxBytes) {
      if (rest !== '' || parts.length === 0) parts.push(opened + rest)
      return parts
    }
    const room = maxBytes - sizeOf(opened) - FENCE_ROOM_BYTES
    const piece = rest.slice(0, cutAt(rest, room))
    const next = openFence(piece, fence)
    parts.push(opened + piece + (next === '' ? '' : closing(piece, next)))
    rest = rest.slice(piece.length)
    fence = next
  }
}

/** Where to split: the last suitable place within `room` bytes. */
function cutAt(text: string, room: number): number {
  const end = fitting(text, room)
  const head = text.slice(0, end)
  const places = [
    head.lastIndexOf('\n\n') + 2,
    head.lastIndexOf('\n') + 1,
    afterSentence(head),
    head.lastIndexOf(' ') + 1,
  ]
  // Splitting in the first half would make many short parts, so the next kind of place is tried.
  return places.find((place) => place > end / 2) ?? end
}

function afterSentence(text: string): number {
  const ends = [...text.matchAll(/[.!?]\s|[。！？；]/g)]
  const last = ends.at(-1)
  return last ? last.index + last[0].length : 0
}

/** How many UTF-16 units of a text fit into `room` bytes, in whole code points. */
function fitting(text: string, room: number): number {
  let bytes = 0
  let units = 0
  for (const character of text) {
    bytes += sizeOf(character)
    if (bytes > room) break
    units += character.length
  }
  return Math.max(units, (text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1)
}

/** The opening line of the code block that a piece ends in; empty outside of a code block. */
function openFence(piece: string, before: string): string {
  let open = before
  for (const line of piece.split('\n')) {
    const [, marks = '', info = ''] = FENCE.exec(line) ?? []
    if (marks === '') continue
    if (open === '') open = marks + info
    else if (info.trim() === '' && marks.startsWith(marksOf(open))) open = ''
  }
  return sizeOf(open) < FENCE_ROOM_BYTES / 2 ? open : marksOf(open)
}

function closing(piece: string, fence: string): string {
  return `${piece.endsWith('\n') ? '' : '\n'}${marksOf(fence)}`
}

function marksOf(fence: string): string {
  return /^(`+|~+)/.exec(fence)?.[0] ?? ''
}

function sizeOf(text: string): number {
  return bytesOf(text).byteLength
}
