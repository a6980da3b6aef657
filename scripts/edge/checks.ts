import { type Finding, fail, pass, warn } from '../../src/edge/health/finding.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../../src/lib/calendar.ts'
import { type Gateway, type GatewayResponse, parseJson, sentenceOf } from './gateway.ts'
import { isLocal } from './target.ts'

/** Checks the URL of a gateway without calling it. */
export function checkAddress(address: string): Finding[] {
  const { protocol, hostname } = new URL(address)
  if (isLocal(address)) return [pass('address', 'It is on this machine.')]
  if (protocol === 'http:') {
    return [
      warn(
        'address',
        'Over http:// anyone on the network path can read client keys, the admin token and all responses.',
        'Set DASHSCOPE_EDGE_URL to the https:// URL, and turn on "Always Use HTTPS" for the domain.',
      ),
    ]
  }
  if (hostname.endsWith('.workers.dev')) {
    return [
      warn(
        'address',
        'It is a workers.dev URL, which is mostly blocked in mainland China and not meant for production.',
        'Add your own domain to the Worker: routes = [{ pattern = "ai.example.com", custom_domain = true }] in wrangler.toml.',
      ),
    ]
  }
  return [pass('address', 'It is reached over https.')]
}

/** Checks whether a gateway responds; `status` 0 means no response, with the reason as its text. */
export function checkFront(address: string, { status, text }: GatewayResponse): Finding {
  if (status === 0)
    return fail(
      'gateway',
      text,
      'Check that it is deployed and running, and that the host name points to it.',
    )
  const { status: health, version } = fieldsOf(text)
  if (status === 200 && health === 'ok') return pass('gateway', `Version ${version} answers.`)
  return fail(
    'gateway',
    `${address} answered ${status}, but it is not a dashscope-edge gateway.`,
    'Set DASHSCOPE_EDGE_URL to the root of the gateway; a login page or a proxy may be in front of it.',
  )
}

/** The findings of the deep health check, and whether the admin token was accepted. */
export function checkInside(
  { adminToken }: Gateway,
  { status, text }: GatewayResponse,
): { findings: Finding[]; checkedAt?: string } {
  const { findings, checked_at } = fieldsOf(text)
  if (status === 200 && Array.isArray(findings) && typeof checked_at === 'string') {
    const opened = pass('admin token', 'The gateway accepts it.')
    return { findings: [opened, ...findings.filter(isFinding)], checkedAt: checked_at }
  }
  if (adminToken === undefined) return { findings: [noToken()] }
  return { findings: [refusal(status, sentenceOf(text) ?? `It answered ${status}.`)] }
}

/**
 * Compares the clock of this machine with the gateway's, which the deep health check reports.
 *
 * @param checkedAt in ISO 8601.
 */
export function checkMachineClock(checkedAt: string, nowMs: number): Finding {
  const seconds = Math.round(Math.abs(nowMs - Date.parse(checkedAt)) / 1000)
  if (seconds <= CLOCK_TOLERANCE_SECONDS)
    return pass('machine', "This machine's clock and the gateway's agree.")
  return warn(
    'machine',
    `This machine's clock is ${seconds} seconds off the gateway's: "--expires 12h" would give a wrong time.`,
    'Synchronise the clock of this machine by NTP.',
  )
}

function noToken(): Finding {
  return fail(
    'admin token',
    'ADMIN_TOKEN is not set here, so the deep health check cannot run.',
    'Set ADMIN_TOKEN in the environment or in .env to the value of the deployment.',
  )
}

function refusal(status: number, sentence: string): Finding {
  if (status === 200) {
    return fail(
      'admin token',
      'This gateway is too old for the deep health check.',
      'Deploy again: npm run deploy',
    )
  }
  const fix =
    status === 401
      ? 'Set ADMIN_TOKEN to the value of the deployment; if it is lost, store a new one: npx wrangler secret put ADMIN_TOKEN'
      : 'Follow the message and run this again; the log has more: npx wrangler tail'
  return fail('admin token', sentence, fix)
}

function isFinding(value: unknown): value is Finding {
  const { check, ok, says } = Object(value)
  return typeof check === 'string' && typeof ok === 'boolean' && typeof says === 'string'
}

function fieldsOf(text: string): Record<string, unknown> {
  return Object(parseJson(text))
}
