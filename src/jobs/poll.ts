import { WATCHED_KINDS, type WatchedKind } from './watched-kinds.ts'

/** Own looks at a task whose end EventBridge reports: only in case that report is lost. */
export const NUDGED_PAUSE_MS = 60_000

/** How long a 429 of DashScope's halves the rate. */
export const SLOW_MS = 60_000

/** How often DashScope may say that it does not know a task, before that counts: a new task may not be everywhere yet. */
const MAX_UNKNOWN = 2

/** A watched task or batch, as far as polling goes. */
export interface Watched {
  kind: WatchedKind
  polls: number
  unknown: number
  createdMs: number
  /** EventBridge is known to report the tasks of this account. */
  nudged: boolean
}

/**
 * When a task is looked up next: after pauses that grow up to the longest of its kind, or later where more tasks are due than
 * the rate allows.
 *
 * @param due tasks that are due within the pause.
 * @param perSecond lookups a second.
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

/** Reads the answer to a lookup: its status, and the state that it names. */
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

/** Whether a task is given up: DashScope does not know it, or it has taken longer than results are kept. */
export function isGone(task: Watched, nowMs: number): boolean {
  return task.unknown >= MAX_UNKNOWN || nowMs - task.createdMs > WATCHED_KINDS[task.kind].maxAgeMs
}

/** Lookups a second: the configured rate, half of it after a 429, and what clients' own lookups leave of the account's. */
export function rateNow(perSecond: number, slowUntilMs: number, lookups: number, nowMs: number): number {
  const own = nowMs < slowUntilMs ? perSecond / 2 : perSecond
  return Math.max(1, Math.floor(Math.min(own, perSecond * 2 - lookups)))
}

/**
 * Lookups that are sent evenly do not arrive evenly: those that the network holds back arrive together. A second sees the
 * lookups that are paced in it and at most those that were under way, so the two shares make up the rate.
 */
const PACED_SHARE = 4 / 5

/** The time between two lookups, in milliseconds. */
export function gapMs(perSecond: number): number {
  return Math.ceil(1000 / (perSecond * PACED_SHARE))
}

/** How many lookups may wait for DashScope's answer at once. */
export function mostUnderWay(perSecond: number): number {
  return Math.max(1, Math.floor(perSecond * (1 - PACED_SHARE) + 1e-9))
}
