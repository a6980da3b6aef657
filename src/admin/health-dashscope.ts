import type { Config } from '../config.ts'
import { HEALTH_DEADLINE_MS } from '../constants.ts'
import { GatewayError } from '../errors.ts'
import { ask } from '../relay/ask.ts'
import { broken, dubious, type Finding, good } from './finding.ts'
import { checkClock, isLoopback } from './health-settings.ts'

/** Costs nothing and is answered to every valid key, also where its quota is used up. */
const FREE_QUESTION = '/compatible-mode/v1/models'

/** Hosts that every account of a region shares; a key is good in one region only (DashScope, error codes). */
const SHARED_HOSTS: Readonly<Record<string, string>> = {
  'https://dashscope.aliyuncs.com': 'Beijing',
  'https://dashscope-intl.aliyuncs.com': 'Singapore',
  'https://dashscope-us.aliyuncs.com': 'Virginia',
  'https://cn-hongkong.dashscope.aliyuncs.com': 'Hong Kong',
}

interface Reply {
  status: number
  /** The header `Date`. */
  date: string | null
}

/** Whether DashScope can be reached and takes the key, and whether its clock agrees. */
export async function checkDashScope(
  { baseUrl, apiKey }: Pick<Config, 'baseUrl' | 'apiKey'>,
  nowMs: number,
): Promise<Finding[]> {
  let reply: Reply
  try {
    reply = await knock(baseUrl, apiKey)
  } catch (thrown) {
    return [unreachable(baseUrl, thrown)]
  }
  const homes = reply.status === 401 ? await findHomes(baseUrl, apiKey) : []
  return [judge(baseUrl, reply.status, homes), ...inTheClear(baseUrl), ...checkClock(reply.date, nowMs)]
}

/**
 * What an answer to the free question means.
 *
 * @param homes hosts of other regions that take the key.
 */
export function judge(baseUrl: string, status: number, homes: readonly string[]): Finding {
  const place = placeOf(baseUrl)
  if (status === 200) return good('dashscope', `${place} takes DASHSCOPE_API_KEY.`)
  const [home] = homes
  if (home !== undefined) {
    return broken(
      'dashscope',
      `DASHSCOPE_API_KEY does not belong to the region of ${place}; it is a key of ${placeOf(home)}.`,
      `Set DASHSCOPE_BASE_URL = "${home}" in wrangler.toml and deploy, or store a key of this region.`,
    )
  }
  if (status === 401) {
    return broken(
      'dashscope',
      `${place} refuses DASHSCOPE_API_KEY (401): the key is wrong or revoked, or it belongs to another region.`,
      'Make a key in the Model Studio console of this very region, then run: npx wrangler secret put DASHSCOPE_API_KEY',
    )
  }
  if (status === 403) {
    return broken(
      'dashscope',
      `${place} knows DASHSCOPE_API_KEY and denies it access (403).`,
      'Open Model Studio in the console: activate it, settle the bill, and check the key for allowed addresses.',
    )
  }
  return dubious(
    'dashscope',
    `${place} can be reached and answered ${status} to a question that should give 200; whether it takes the key is not known.`,
    status >= 500 || status === 429
      ? 'Run this again in a minute.'
      : 'Check that DASHSCOPE_BASE_URL is a host of DashScope.',
  )
}

/** One round to the regions beside this one; a host that is not DashScope's own never makes the key go elsewhere. */
async function findHomes(baseUrl: string, apiKey: string): Promise<string[]> {
  if (!(baseUrl in SHARED_HOSTS)) return []
  const others = Object.keys(SHARED_HOSTS).filter((host) => host !== baseUrl)
  const replies = await Promise.allSettled(others.map((host) => knock(host, apiKey)))
  return others.filter((_, at) => {
    const reply = replies[at]
    return reply?.status === 'fulfilled' && reply.value.status === 200
  })
}

async function knock(baseUrl: string, apiKey: string): Promise<Reply> {
  const headers = new Headers({ authorization: `Bearer ${apiKey}` })
  const url = baseUrl + FREE_QUESTION
  const response = await ask({ url, method: 'GET', headers, body: undefined }, HEALTH_DEADLINE_MS)
  await response.body?.cancel()
  return { status: response.status, date: response.headers.get('date') }
}

/** Only the gateway's own sentences are repeated: a runtime's message may hold anything. */
function unreachable(baseUrl: string, thrown: unknown): Finding {
  const why =
    thrown instanceof GatewayError ? thrown.message.split('. ')[0]?.replace(/\.$/, '') : 'the request failed'
  return broken(
    'dashscope',
    `${placeOf(baseUrl)} does not answer: ${why}.`,
    'Check the host in DASHSCOPE_BASE_URL and that nothing between the gateway and it blocks the way.',
  )
}

function inTheClear(baseUrl: string): Finding[] {
  if (baseUrl.startsWith('https://') || isLoopback(baseUrl)) return []
  return [
    dubious(
      'dashscope',
      `DASHSCOPE_BASE_URL is ${baseUrl}: everybody on the way can read DASHSCOPE_API_KEY.`,
      'Use https://.',
    ),
  ]
}

function placeOf(baseUrl: string): string {
  const region = SHARED_HOSTS[baseUrl]
  return region === undefined ? baseUrl : `${baseUrl} (${region})`
}
