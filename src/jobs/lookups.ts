import type { Env } from '../config.ts'
import { pollersOf } from './bindings.ts'

/** Lookups are gathered for so long: clients poll every second or two, and each of them must not cost another call. */
const GATHER_MS = 1000

/** Lookups by the target that was asked, since the last report. */
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
  // A poller that does not answer polls a little too fast for a second; DashScope's 429 slows it down.
  await pollersOf(env)
    .getByName(target)
    .noteLookups(count)
    .catch(() => undefined)
}
