import { jsonFromBase64url, toBase64url } from '../lib/base64url.ts'
import { isDay } from '../lib/calendar.ts'
import { isJsonObject } from '../lib/json/object.ts'
import type { Position } from '../meter/object/key-order.ts'
import { isKeyId } from '../policy/key-record.ts'
import { MAX_METERS } from './report-keys.ts'

/** Where the next page of a report begins. */
export type UsageCursor =
  /** The first day or hour to read from each meter that has more rows. */
  | { kind: 'meters'; from: ReadonlyMap<string, string> }
  /** A position in the totals of all keys. */
  | { kind: 'totals'; after: Position }

/** The number of columns of the longest primary key of the totals. */
const MAX_POSITION = 4

/** Serializes a cursor for callers. */
export function writeUsageCursor(cursor: UsageCursor): string {
  const plain = cursor.kind === 'meters' ? { from: Object.fromEntries(cursor.from) } : { after: cursor.after }
  return toBase64url(JSON.stringify(plain))
}

/**
 * Parses a cursor. Callers can forge cursors, so a cursor determines only where to continue and never whose usage is
 * shown.
 *
 * @returns undefined for any other text.
 */
export function readUsageCursor(text: string): UsageCursor | undefined {
  const { from, after } = jsonFromBase64url(text) ?? {}
  if (Array.isArray(after)) {
    const isPosition = after.length > 0 && after.length <= MAX_POSITION
    return isPosition && after.every(isText) ? { kind: 'totals', after } : undefined
  }
  if (!isJsonObject(from)) return undefined
  const entries = Object.entries(from)
  if (entries.length === 0 || entries.length > MAX_METERS) return undefined
  return entries.every(isStart) ? { kind: 'meters', from: new Map(entries) } : undefined
}

function isStart(entry: [string, unknown]): entry is [string, string] {
  const [key, time] = entry
  return isKeyId(key) && isText(time) && isDay(time.slice(0, 10)) && /^(?:T\d\d)?$/.test(time.slice(10))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
