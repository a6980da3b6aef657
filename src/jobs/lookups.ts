import type { Env } from '../config.ts'
import { pollersOf } from './bindings.ts'

/**
 * Lookups are collected for this time before they are reported: clients poll every second or two, and a report per
 * lookup would double the calls.
 */
const GATHER_MS = 1000

/** The number of lookups per target since the last report. */
const gathered = new Map<string, number>()

/**
 * Counts a client's own lookup of a task against the limit of the account, which the poller shares. Nothing waits for it.
 *
 * @param keepAlive `ctx.waitUntil`
 */
export function noteLookup(env: Env, target: string, keepAlive: (work: Promise<unknown>) => void): void {
  const count = gathered.get(target)
  gathered.set(target, (count ?? 0) + 1)
  if (count === undefined) keepAlive(scheduler.wait(GATHER_MS).then(() => report(env, target)))
}

async function report(env: Env, target: string): Promise<void> {
  const count = gathered.get(target) ?? 0
  gathered.delete(target)
  // If the report fails, the poller is slightly too fast for a second; DashScope's 429 slows it down.
  await pollersOf(env)
    .getByName(target)
    .noteLookups(count)
    .catch(() => undefined)
}
