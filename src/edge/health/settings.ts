import type { Env } from '../../config.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../../lib/calendar.ts'
import { type Finding, fail, pass, warn } from './finding.ts'

/** Both are needed: without the first no request can be served, without the second no key can be issued. */
const NEEDED_SECRETS = ['DASHSCOPE_API_KEY', 'ADMIN_TOKEN'] as const

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$|\.localhost$/

/** Checks which secrets are set, without reading their values. */
export function checkSecrets(env: Pick<Env, (typeof NEEDED_SECRETS)[number]>): Finding {
  const missing = NEEDED_SECRETS.filter((name) => !env[name]?.trim())
  if (missing.length === 0) return pass('secrets', `${NEEDED_SECRETS.join(' and ')} are set.`)
  const commands = missing.map((name) => `npx wrangler secret put ${name}`)
  return fail('secrets', `${missing.join(' and ')} is missing.`, `Run: ${commands.join('; ')}`)
}

/**
 * Reports which origins ALLOWED_ORIGINS allows.
 *
 * @param origins the parsed variable; invalid origins were refused before.
 */
export function checkOrigins(origins: readonly string[]): Finding {
  if (origins.length === 0)
    return pass('origins', 'ALLOWED_ORIGINS is empty: pages may call only with keys that list their origins.')
  const plain = origins.filter(
    (origin) => origin.startsWith('http://') && !isLoopback(origin.replace(':*', '')),
  )
  if (plain.length === 0) return pass('origins', `Pages of ${origins.join(', ')} may call.`)
  return warn(
    'origins',
    `ALLOWED_ORIGINS holds ${plain.join(', ')}: an attacker on the network can change such a page and use its key.`,
    'Serve the page over https:// and list that origin.',
  )
}

/**
 * Compares the gateway's clock with DashScope's. Keys, session tokens and budgets expire by the gateway's clock.
 *
 * @param date the `Date` header of DashScope's response (RFC 9110 section 6.6.1), `null` if it has none.
 * @returns nothing if there is no date to compare with.
 */
export function checkClock(date: string | null, nowMs: number): Finding[] {
  const there = Date.parse(date ?? '')
  if (Number.isNaN(there)) return []
  const seconds = Math.round(Math.abs(nowMs - there) / 1000)
  if (seconds <= CLOCK_TOLERANCE_SECONDS)
    return [
      pass(
        'clock',
        `The gateway's clock and DashScope's differ by at most ${CLOCK_TOLERANCE_SECONDS} seconds.`,
      ),
    ]
  return [
    fail(
      'clock',
      `The gateway's clock is ${seconds} seconds ${nowMs > there ? 'ahead of' : 'behind'} DashScope's: keys and tokens expire at the wrong time.`,
      'Synchronize the clock of the machine that runs the gateway by NTP.',
    ),
  ]
}

/** Whether a URL or origin is on this machine, where the connection cannot be intercepted. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(new URL(address.replace('://*.', '://')).hostname)
}
