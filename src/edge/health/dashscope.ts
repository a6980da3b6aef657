import type { Config } from '../../config.ts'
import { REGION, REGIONS, sharedHostOf } from '../../dashscope/regions.ts'
import type { Target } from '../../dashscope/targets.ts'
import { statusOfError } from '../../dashscope/upstream-errors.ts'
import { GatewayError } from '../../errors.ts'
import { breakers, lastingFault } from '../../upstream/breakers.ts'
import { ask, startDeadline } from '../../upstream/fetch.ts'
import { type Finding, fail, HEALTH_DEADLINE_MS, pass, warn } from './finding.ts'
import { checkClock, isLoopback } from './settings.ts'

/** This request is free and works with every valid key, even if its quota is used up. */
const FREE_QUESTION = '/compatible-mode/v1/models'

/** The parts of a target that a check needs. */
type CheckedTarget = Pick<Target, 'baseUrl' | 'keyName'>

interface ProbeResponse {
  status: number
  /** The `Date` header of the response. */
  date: string | null
}

/**
 * Checks for every region and key whether DashScope can be reached and accepts the key, whether its clock agrees, and
 * whether the key's circuit breaker is open in this isolate. In other isolates more may be open.
 */
export async function checkDashScope(
  { targets }: Pick<Config, 'targets'>,
  nowMs: number,
): Promise<Finding[]> {
  const looks = await Promise.all(targets.map(checkTarget))
  const date = looks.find((look) => look.date !== null)?.date ?? null
  const ejected = targets.flatMap((target, at) => {
    const isTaken = looks[at]?.findings.every(({ ok }) => ok) ?? false
    return ejectedKeyFinding(target, lastingFault(breakers, target), isTaken)
  })
  return [...looks.flatMap(({ findings }) => findings), ...ejected, ...checkClock(date, nowMs)]
}

async function checkTarget(target: Target): Promise<{ findings: Finding[]; date: string | null }> {
  const { baseUrl, apiKey } = target
  try {
    const { status, date } = await probe(baseUrl, apiKey)
    const homes = status === 401 ? await findHomes(baseUrl, apiKey) : []
    return { findings: [interpretStatus(target, status, homes), ...inTheClear(target)], date }
  } catch (thrown) {
    return { findings: [unreachable(target, thrown)], date: null }
  }
}

/**
 * The finding about a key whose circuit breaker is open.
 *
 * @param code DashScope's error code; undefined if the circuit breaker is closed.
 * @param isTaken whether DashScope accepted the key just now; if not, {@link interpretStatus} reports why.
 */
export function ejectedKeyFinding(
  { keyName, baseUrl }: CheckedTarget,
  code: string | undefined,
  isTaken: boolean,
): Finding[] {
  const isRefused = code !== undefined && statusOfError(code, undefined) === 401
  if (code === undefined || (isRefused && !isTaken)) return []
  return [
    fail(
      'dashscope',
      `${placeOf(baseUrl)} answered "${code}" to ${keyName}; requests avoid this key and retry it occasionally.`,
      isRefused
        ? 'DashScope accepts the key again: wait, or store another key.'
        : 'Check the account in the Model Studio console: pay the bill, buy or renew the plan, or store another key.',
    ),
  ]
}

/**
 * Interprets the status of a free request.
 *
 * @param homes hosts of other regions that accept the key.
 */
export function interpretStatus(
  { baseUrl, keyName }: CheckedTarget,
  status: number,
  homes: readonly string[],
): Finding {
  const place = placeOf(baseUrl)
  const variable = keyName.split(' ')[0]
  const hostVariable = hostVariableOf(keyName)
  if (status === 200) return pass('dashscope', `${place} takes ${keyName}.`)
  const [home] = homes
  if (home !== undefined) {
    return fail(
      'dashscope',
      `${keyName} does not belong to the region of ${place}; it is a key of ${placeOf(home)}.`,
      `Set ${hostVariable} = "${home}" in wrangler.toml and deploy (or in .env for npm start), or store a key of this region.`,
    )
  }
  if (status === 401) {
    return fail(
      'dashscope',
      `${place} refuses ${keyName} (401): the key is wrong or revoked, or it belongs to another region.`,
      `Create a key in the Model Studio console of this region, then run: npx wrangler secret put ${variable} (or set it in .env for npm start)`,
    )
  }
  if (status === 403) {
    return fail(
      'dashscope',
      `${place} recognizes ${keyName} but denies it access (403).`,
      "Open Model Studio in the console: activate it, pay the bill, and check the key's allowed IP addresses.",
    )
  }
  return warn(
    'dashscope',
    `${place} can be reached, but answered ${status} to a request that should return 200; whether it accepts the key is unknown.`,
    status >= 500 || status === 429
      ? 'Run this again in a minute.'
      : `Check that ${hostVariable} is a host of DashScope.`,
  )
}

/** Tries the key in the other regions. If the configured host is not DashScope's, the key is not sent elsewhere. */
async function findHomes(baseUrl: string, apiKey: string): Promise<string[]> {
  const hosts = REGIONS.map(sharedHostOf).filter((host) => host !== undefined)
  if (!hosts.includes(baseUrl)) return []
  const others = hosts.filter((host) => host !== baseUrl)
  const replies = await Promise.allSettled(others.map((host) => probe(host, apiKey)))
  return others.filter((_, at) => {
    const reply = replies[at]
    return reply?.status === 'fulfilled' && reply.value.status === 200
  })
}

async function probe(baseUrl: string, apiKey: string): Promise<ProbeResponse> {
  const headers = { authorization: `Bearer ${apiKey}` }
  const url = baseUrl + FREE_QUESTION
  const deadline = startDeadline(HEALTH_DEADLINE_MS)
  try {
    const response = await ask({ url, method: 'GET', headers, body: undefined }, deadline)
    await response.body?.cancel()
    return { status: response.status, date: response.headers.get('date') }
  } finally {
    deadline.end()
  }
}

/** Repeats only the gateway's own messages: a runtime's message may contain anything. */
function unreachable({ baseUrl, keyName }: CheckedTarget, thrown: unknown): Finding {
  const why =
    thrown instanceof GatewayError ? thrown.message.split('. ')[0]?.replace(/\.$/, '') : 'the request failed'
  return fail(
    'dashscope',
    `${placeOf(baseUrl)} does not respond: ${why}.`,
    `Check the host in ${hostVariableOf(keyName)} and that nothing blocks the connection to it.`,
  )
}

function inTheClear({ baseUrl, keyName }: CheckedTarget): Finding[] {
  if (baseUrl.startsWith('https://') || isLoopback(baseUrl)) return []
  return [
    warn(
      'dashscope',
      `${hostVariableOf(keyName)} is ${baseUrl}: anyone on the network path can read ${keyName}.`,
      'Use https://.',
    ),
  ]
}

function placeOf(baseUrl: string): string {
  const region = REGIONS.find((each) => sharedHostOf(each) === baseUrl)
  return region === undefined ? baseUrl : `${baseUrl} (${REGION[region].label})`
}

/** The variable of a region's host has the same suffix as that of its key. */
function hostVariableOf(keyName: string): string {
  return keyName.replace('API_KEY', 'BASE_URL').replace(/ .*/, '')
}
