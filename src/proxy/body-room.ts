import type { Config } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { keyMeter, userMeter } from '../meter/limited-meters.ts'
import type { Principal } from '../policy/key-record.ts'

const MEBIBYTE = 1024 * 1024

/** Smaller bodies are read without waiting; they do not exhaust the memory of an isolate. */
export const SMALL_BODY_BYTES = 256 * 1024

/** Maximum of larger bodies of one caller that are being read at the same time. */
const CALLER_BYTES = 40 * MEBIBYTE

/**
 * The same for all callers. An isolate has 128 MB, enough for these and the parsed form of a complete one (Workers
 * limits page, 2026-11).
 */
const ISOLATE_BYTES = 80 * MEBIBYTE

/** How long a body waits for others to be read, and how often it checks. */
const PATIENCE_MS = 5000
const LOOK_EVERY_MS = 25

/**
 * The runtime may drop a request whose caller has left without running any code; its room is released after this
 * time.
 */
const HELD_MS = 60_000

/** The room of a body while it is read. Plain data, which requests of an isolate may share. */
interface Held {
  caller: string
  bytes: number
  untilMs: number
}

const held = new Set<Held>()

/** The caller of a body, and its maximum size. */
export interface BodyRoom {
  /** A key, an end user or a session token. */
  caller: string
  maxBytes: number
}

/** The room of a caller: of its end user or session token, if any. */
export function bodyRoomOf(principal: Principal, { maxBodyBytes }: Config): BodyRoom {
  return { caller: userMeter(principal) ?? keyMeter(principal), maxBytes: maxBodyBytes }
}

/**
 * Reads a large body once there is room for it, so that unfinished bodies of one caller do not exhaust the memory of
 * the isolate. Limits do not help, since they apply only after a body is complete.
 *
 * @param bytes the announced size, or the maximum.
 * @param signal aborted when the caller has left, after which no code of the request may run.
 * @throws GatewayError `rateLimited` if the caller's other bodies stay unfinished, `unavailable` if those of all
 *   callers do.
 */
export async function readWithRoom<Body>(
  { caller, maxBytes }: BodyRoom,
  { bytes, signal }: { bytes: number; signal: AbortSignal },
  read: () => Promise<Body>,
): Promise<Body> {
  const room = { caller: Math.max(CALLER_BYTES, maxBytes), isolate: Math.max(ISOLATE_BYTES, maxBytes) }
  const startMs = Date.now()
  for (;;) {
    const nowMs = Date.now()
    const exceeded = exceededBound(caller, bytes, room, nowMs)
    if (!exceeded) break
    if (nowMs - startMs >= PATIENCE_MS) throw refusal(exceeded)
    await scheduler.wait(LOOK_EVERY_MS)
  }
  const mine = { caller, bytes, untilMs: Date.now() + HELD_MS }
  held.add(mine)
  signal.addEventListener('abort', () => held.delete(mine))
  try {
    return await read()
  } finally {
    held.delete(mine)
  }
}

/** The bound that more bytes would exceed; undefined if there is room. */
function exceededBound(
  caller: string,
  bytes: number,
  room: { caller: number; isolate: number },
  nowMs: number,
): 'caller' | 'isolate' | undefined {
  let [own, all] = [bytes, bytes]
  for (const each of held) {
    if (each.untilMs <= nowMs) held.delete(each)
    else {
      all += each.bytes
      if (each.caller === caller) own += each.bytes
    }
  }
  if (own > room.caller) return 'caller'
  return all > room.isolate ? 'isolate' : undefined
}

function refusal(exceeded: 'caller' | 'isolate'): GatewayError {
  const headers = { 'retry-after': '1' }
  return exceeded === 'caller'
    ? new GatewayError(
        'rateLimited',
        'Other large request bodies of this caller are still being sent. Complete them first.',
        { headers },
      )
    : new GatewayError(
        'unavailable',
        'The gateway is reading too many large request bodies. Try again in a moment.',
        { headers },
      )
}
