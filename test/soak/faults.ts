import type { Random } from '../fuzz/random.ts'

/** What the proxy does with one upstream call. */
export type Fault =
  | { kind: 'none' }
  /** Waits before the head of the answer. */
  | { kind: 'delay'; milliseconds: number }
  /** Writes a few bytes at a time. */
  | { kind: 'trickle'; writes: number; gapMs: number }
  /** Closes the connection before the head. */
  | { kind: 'drop' }
  /** Ends the connection inside the body: `cut` with a close, `reset` with a reset. `share` of the body has passed by then. */
  | { kind: 'cut' | 'reset'; share: number }
  /** Takes the request and says nothing until it closes. */
  | { kind: 'half-open'; holdMs: number }
  /** Refuses as DashScope does when it is overrun. */
  | { kind: 'storm'; status: 429 | 503 }

export type FaultKind = Fault['kind']

/** The gateway's deadline for the first byte in this run: far above the longest delay, so that only silence meets it, also on a busy machine. */
export const FIRST_BYTE_DEADLINE_SECONDS = 12

/** One silence is shorter than the deadline and ends in a broken connection, the other is ended by the deadline. */
const HALF_OPEN_MS = [800, 20_000] as const

const DELAY_MIN_MS = 200
const DELAY_MAX_MS = 1200

/** About a second for a whole answer: long enough for a caller to leave in the middle. */
const TRICKLE_WRITES = 40
const TRICKLE_GAP_MS = 25

/** Every half minute DashScope is overrun for two seconds, by turns saying 429 and 503. The first one comes early. */
const STORM_EVERY_MS = 30_000
const STORM_BEGINS_MS = 15_000
const STORM_LASTS_MS = 2000

/** Faults that leave an answer whole. */
const HARMLESS: ReadonlySet<FaultKind> = new Set(['none', 'delay', 'trickle'])

/** Whether an answer arrives whole in spite of the fault. */
export function isHarmless({ kind }: Fault): boolean {
  return HARMLESS.has(kind)
}

/** A wait before the head that a caller can use to leave. */
export function drawDelay(random: Random): Fault {
  return { kind: 'delay', milliseconds: DELAY_MIN_MS + random.below(DELAY_MAX_MS - DELAY_MIN_MS) }
}

/** The slowest answer that is whole. */
export const TRICKLE: Fault = { kind: 'trickle', writes: TRICKLE_WRITES, gapMs: TRICKLE_GAP_MS }

/** A fault that leaves the answer whole. */
export function drawHarmless(random: Random): Fault {
  if (random.chance(0.7)) return { kind: 'none' }
  return random.chance(0.5) ? drawDelay(random) : TRICKLE
}

/** A fault after which there is no whole answer. */
export function drawDamage(random: Random): Fault {
  const kind = random.pick(['drop', 'cut', 'cut', 'reset', 'reset', 'half-open'] as const)
  if (kind === 'drop') return { kind }
  if (kind === 'half-open') return { kind, holdMs: random.pick(HALF_OPEN_MS) }
  return { kind, share: random.next() }
}

/**
 * The storm that is on.
 *
 * @param elapsedMs since the run began.
 */
export function stormAt(elapsedMs: number): Fault | undefined {
  const turn = Math.floor(elapsedMs / STORM_EVERY_MS)
  const within = elapsedMs - turn * STORM_EVERY_MS
  if (within < STORM_BEGINS_MS || within >= STORM_BEGINS_MS + STORM_LASTS_MS) return undefined
  return { kind: 'storm', status: turn % 2 === 0 ? 429 : 503 }
}
