import { GatewayError } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import { isObject, type Outline, readOutline } from '../lib/json/outline.ts'
import { membersOf, memberText, prepend, replaceEmpty, type Splice, spliced } from '../lib/json/splice.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import { refuseDuplicateKeys } from '../policy/duplicates.ts'

/** The largest text frame; only a whole recording in one event would be larger, and it can be sent in pieces. */
export const MAX_TEXT_BYTES = 1024 * 1024

/** The largest binary frame; SDKs send 100 ms of audio, 3 to 16 kB. */
export const MAX_BINARY_BYTES = 256 * 1024

/** A text frame of a caller: the text to forward, and its parsed value. */
export interface TextFrame {
  text: string
  body: JsonObject
}

/**
 * Parses a caller's text frame.
 *
 * @throws GatewayError `tooLarge`, or `invalid` for text that is not a JSON object or has duplicate keys.
 */
export function readTextFrame(text: string): TextFrame {
  // Characters have one byte or more.
  if (text.length > MAX_TEXT_BYTES) throw tooLarge('text', MAX_TEXT_BYTES)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new GatewayError('invalid', 'The frame is not JSON. Send one JSON object per text frame.', {
      cause,
    })
  }
  if (!isJsonObject(body)) throw new GatewayError('invalid', 'The frame must be a JSON object.')
  const bytes = bytesOf(text)
  if (bytes.byteLength > MAX_TEXT_BYTES) throw tooLarge('text', MAX_TEXT_BYTES)
  refuseDuplicateKeys(readOutline(bytes, text))
  return { text, body }
}

/** @throws GatewayError `tooLarge` for a binary frame above the limit. */
export function checkBinaryFrame(bytes: number): void {
  if (bytes > MAX_BINARY_BYTES) throw tooLarge('binary', MAX_BINARY_BYTES)
}

/** Members to insert into an object of a frame, by the object's path. */
export interface Insertion {
  path: readonly string[]
  members: Readonly<Record<string, unknown>>
}

/**
 * The frame with members inserted into some of its objects; every other character stays. Missing or null objects are
 * created, including their parents. An existing member is replaced; callers only insert members that are absent or
 * null.
 */
export function withMembers(frame: TextFrame, insertions: readonly Insertion[]): TextFrame {
  const wanted = insertions.filter(({ members }) => Object.keys(members).length > 0)
  if (wanted.length === 0) return frame
  const outline = readOutline(bytesOf(frame.text))
  const splices = wanted.flatMap((insertion) => splicesOf(outline, insertion))
  const text = textOf(spliced(outline.bytes, splices))
  return { text, body: JSON.parse(text) }
}

function splicesOf(outline: Outline, { path, members }: Insertion): Splice[] {
  const written = Object.entries(members).map(([name, value]) => memberText(name, value))
  let node = 0
  for (const [depth, name] of path.entries()) {
    const next = membersOf(outline, node).get(name)
    const rest = path.slice(depth + 1)
    const inside = rest.reduceRight(
      (text, key) => `{${JSON.stringify(key)}:${text}}`,
      `{${written.join(',')}}`,
    )
    if (next === undefined) return [prepend(outline, node, [`${JSON.stringify(name)}:${inside}`])]
    if (!isObject(outline, next)) return [replaceEmpty(outline, next, inside)]
    node = next
  }
  const present = membersOf(outline, node)
  const added = Object.entries(members).filter(([name]) => !present.has(name))
  const replaced = Object.entries(members).filter(([name]) => present.has(name))
  return [
    ...(added.length > 0
      ? [
          prepend(
            outline,
            node,
            added.map(([name, value]) => memberText(name, value)),
          ),
        ]
      : []),
    ...replaced.map(([name, value]) => replaceEmpty(outline, present.get(name) ?? 0, JSON.stringify(value))),
  ]
}

function tooLarge(kind: string, limit: number): GatewayError {
  return new GatewayError(
    'tooLarge',
    `The ${kind} frame is too large. Send at most ${limit} bytes per frame.`,
  )
}
