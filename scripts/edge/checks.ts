import { type Finding, fail, pass, warn } from '../../src/edge/health/finding.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../../src/lib/calendar.ts'
import { type Answer, type Gateway, parseJson, sentenceOf } from './gateway.ts'
import { isLocal } from './target.ts'

/** What can be said of an address without asking it. */
export function checkAddress(address: string): Finding[] {
  const { protocol, hostname } = new URL(address)
  if (isLocal(address)) return [pass('address', 'It is on this machine.')]
  if (protocol === 'http:') {
    return [
      warn(
        'address',
        'Over http:// everybody on the way can read client keys, the admin token and all answers.',
        'Set DASHSCOPE_EDGE_URL to the https:// address, and turn on "Always Use HTTPS" for the domain.',
      ),
    ]
  }
  if (hostname.endsWith('.workers.dev')) {
    return [
      warn(
        'address',
        'It is a workers.dev address: in mainland China it mostly cannot be reached, and it is not meant for production.',
        'Give the Worker a domain of yours: routes = [{ pattern = "ai.example.com", custom_domain = true }] in wrangler.toml.',
      ),
    ]
  }
  return [pass('address', 'It is reached over https.')]
}

/** Whether a gateway answers at all; `status` 0 stands for no answer, with the reason as its text. */
export function checkFront(address: string, { status, text }: Answer): Finding {
  if (status === 0)
    return fail('gateway', text, 'See that it is deployed and running, and that the name leads to it.')
  const { status: health, version } = fieldsOf(text)
  if (status === 200 && health === 'ok') return pass('gateway', `Version ${version} answers.`)
  return fail(
    'gateway',
    `Something answers at ${address} (${status}), but no dashscope-edge gateway does.`,
    'Set DASHSCOPE_EDGE_URL to the root of the gateway; a login page or a proxy before it may be in the way.',
  )
}

/** What the deep health said, and whether the admin token opened it. */
export function checkInside(
  { adminToken }: Gateway,
  { status, text }: Answer,
): { findings: Finding[]; checkedAt?: string } {
  const { findings, checked_at } = fieldsOf(text)
  if (status === 200 && Array.isArray(findings) && typeof checked_at === 'string') {
    const opened = pass('admin token', 'It opens the gateway.')
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
    `This machine's clock is ${seconds} seconds off the gateway's: "--expires 12h" would mean another moment.`,
    'Set the clock of this machine by NTP.',
  )
}

function noToken(): Finding {
  return fail(
    'admin token',
    'ADMIN_TOKEN is not set here, so that the gateway cannot be asked about itself.',
    'Set ADMIN_TOKEN in the environment or in .env to what the deployment has.',
  )
}

function refusal(status: number, sentence: string): Finding {
  if (status === 200) {
    return fail('admin token', 'This gateway is too old to look at itself.', 'Deploy again: npm run deploy')
  }
  const fix =
    status === 401
      ? 'Set ADMIN_TOKEN to what the deployment has; if it is lost, store a new one: npx wrangler secret put ADMIN_TOKEN'
      : 'Do what the sentence says and run this again; the log has more: npx wrangler tail'
  return fail('admin token', sentence, fix)
}

function isFinding(value: unknown): value is Finding {
  const { check, ok, says } = Object(value)
  return typeof check === 'string' && typeof ok === 'boolean' && typeof says === 'string'
}

function fieldsOf(text: string): Record<string, unknown> {
  return Object(parseJson(text))
}
