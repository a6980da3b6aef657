import { WATCHED_KINDS, type WatchedKind } from './watched-kinds.ts'

/** Pause after the lookup that a report of EventBridge has caused; another one is needed only if that fails. */
export const NUDGED_PAUSE_MS = 60_000

/** How long the rate is halved after a 429 of DashScope. */
export const SLOW_MS = 60_000

/**
 * How many times DashScope may report a task as unknown before the gateway gives it up, since a new task may not be
 * visible everywhere yet.
 */
const MAX_UNKNOWN = 2

/** The polling state of a watched task or batch. */
export interface Watched {
  kind: WatchedKind
  polls: number
  unknown: number
  createdMs: number
  /** EventBridge has reported the end of this task, which was then looked up at once. */
  nudged: boolean
}

/**
 * The time of a task's next lookup: after pauses that grow up to the maximum of its kind, or later if more tasks are
 * due than the rate allows.
 *
 * @param due tasks that are due within the pause.
 * @param perSecond lookups per second.
 */
export function nextPollMs(task: Watched, due: number, perSecond: number, nowMs: number): number {
  const { stepMs, maxPauseMs } = WATCHED_KINDS[task.kind]
  const ownMs = task.nudged ? NUDGED_PAUSE_MS : Math.min(stepMs * (task.polls + 1), maxPauseMs)
  return nowMs + Math.max(ownMs, (due / perSecond) * 1000)
}

/** The result of a lookup: the task is running, has ended, or is no longer known. */
export type PollResult =
  | { kind: 'running'; status: string }
  | { kind: 'ended'; status: string }
  | { kind: 'unknown' }
  | { kind: 'throttled' }
  | { kind: 'failed' }

/** Interprets the response to a lookup by its status and state. */
export function readPoll(status: number, state: unknown, kind: WatchedKind): PollResult {
  if (status === 429) return { kind: 'throttled' }
  if (status === 404) return { kind: 'unknown' }
  if (status !== 200) return { kind: 'failed' }
  if (state === 'UNKNOWN') return { kind: 'unknown' }
  const { ended, running } = WATCHED_KINDS[kind]
  const end = ended.find((each) => each === state)
  if (end) return { kind: 'ended', status: end }
  const step = running.find((each) => each === state)
  if (step) return { kind: 'running', status: step }
  return { kind: 'failed' }
}

/** Whether to give up a task: DashScope reports it as unknown, or it has taken longer than results are kept. */
export function isGone(task: Watched, nowMs: number): boolean {
  return task.unknown >= MAX_UNKNOWN || nowMs - task.createdMs > WATCHED_KINDS[task.kind].maxAgeMs
}

/**
 * Lookups per second: the configured rate, half of it after a 429, and at most what clients' own lookups leave of the
 * account's limit.
 */
export function rateNow(perSecond: number, slowUntilMs: number, lookups: number, nowMs: number): number {
  const own = nowMs < slowUntilMs ? perSecond / 2 : perSecond
  return Math.max(1, Math.floor(Math.min(own, perSecond * 2 - lookups)))
}

/**
 * Evenly sent lookups may arrive together when the network delays them. In one second at most the lookups paced in it
 * and those in progress arrive, so these two shares add up to the rate.
 */
const PACED_SHARE = 4 / 5

/** The time between two lookups, in milliseconds. */
export function gapMs(perSecond: number): number {
  return Math.ceil(1000 / (perSecond * PACED_SHARE))
}

/** How many lookups may be in progress at a time. */
export function mostUnderWay(perSecond: number): number {
  return Math.max(1, Math.floor(perSecond * (1 - PACED_SHARE) + 1e-9))
}
