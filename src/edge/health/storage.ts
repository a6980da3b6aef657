import { MIN_CACHE_TTL_SECONDS } from '../../lib/workers-kv.ts'
import type { Meters } from '../../meter/meters.ts'
import { type Finding, fail, HEALTH_DEADLINE_MS, pass, warn } from './finding.ts'

const PROBE = 'doctor'

/**
 * Writes, reads and deletes an entry of a KV namespace.
 *
 * @param check `keys` or `cache`; the binding has that name in capitals.
 */
export async function checkKv(check: 'keys' | 'cache', kv: KVNamespace | undefined): Promise<Finding> {
  const binding = check.toUpperCase()
  if (!kv) return unbound(check, binding)
  // A unique name for each probe, since KV caches misses for a while.
  const name = `${PROBE}:${crypto.randomUUID()}`
  try {
    const shown = await inTime(async () => {
      await kv.put(name, PROBE, { expirationTtl: MIN_CACHE_TTL_SECONDS })
      const value = await kv.get(name)
      await kv.delete(name)
      return value === PROBE
    })
    if (shown) return pass(check, `The KV namespace ${binding} can be written, read and deleted from.`)
    return warn(
      check,
      `The KV namespace ${binding} did not return an entry right after it was written.`,
      'KV may lag by a minute: run this again. If it still fails, look at www.cloudflarestatus.com.',
    )
  } catch (thrown) {
    const outcome = check === 'keys' ? 'no caller can be authenticated' : 'every request goes to DashScope'
    return fail(
      check,
      `The KV namespace ${binding} does not work (${reasonOf(thrown)}): ${outcome}.`,
      'Look at the limits of your plan (KV writes per day) and at www.cloudflarestatus.com, then run this again.',
    )
  }
}

/** Calls a meter that belongs to no key, which starts the Durable Object and opens its tables. */
export async function checkMeter(namespace: Meters | undefined): Promise<Finding> {
  if (!namespace) return unbound('meter', 'METER')
  try {
    await inTime(async () => namespace.getByName(PROBE).owned('task', []))
    return pass('meter', 'The Durable Object METER responds.')
  } catch (thrown) {
    return fail(
      'meter',
      `The Durable Object METER does not respond (${reasonOf(thrown)}): tasks, files and limits do not work.`,
      'Look at www.cloudflarestatus.com; if it began with a deployment, deploy again with the [[migrations]] of wrangler.toml.',
    )
  }
}

export function unbound(check: string, binding: string): Finding {
  return fail(
    check,
    `The Worker has no binding ${binding}.`,
    `Put ${binding} back into wrangler.toml and run: npm run deploy`,
  )
}

/** Bounds a check in time: a binding that hangs must not delay the other findings. */
export function inTime<T>(work: () => Promise<T>): Promise<T> {
  const late = new Error(`no response within ${HEALTH_DEADLINE_MS / 1000} seconds`)
  const deadline = new Promise<never>((_, reject) => {
    AbortSignal.timeout(HEALTH_DEADLINE_MS).addEventListener('abort', () => reject(late))
  })
  return Promise.race([work(), deadline])
}

export function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replace(/[.\s]+$/, '')
}
