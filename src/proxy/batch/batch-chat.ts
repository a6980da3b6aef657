import type { Config } from '../../config.ts'
import { BATCH_CHAT_REGION } from '../../dashscope/batch.ts'
import type { Endpoint } from '../../dashscope/endpoint.ts'
import { some, type Targets } from '../../dashscope/targets.ts'
import { GatewayError } from '../../errors.ts'
import type { HeaderMap } from '../../lib/header-map.ts'

/** Header of a chat request that may wait longer for its response, at half the price. */
const HEADER = 'x-edge-batch'

/** DashScope holds the connection this long (Batch Chat page). */
export const BATCH_CHAT_DEADLINE_MS = 3_600_000

/** The properties that determine whether a request can run as Batch Chat. */
interface BatchChatRequest {
  headers: HeaderMap
  endpoint: Pick<Endpoint, 'name' | 'hasBatchChat'>
  stream: boolean
  asJob: boolean
}

/**
 * Whether a request asks to run as Batch Chat. It is then never sent to the normal host, where it would cost twice as
 * much.
 *
 * @throws GatewayError `invalid` if the header has another value, or the request cannot run as Batch Chat.
 */
export function asksForBatchChat(
  { headers, endpoint, stream, asJob }: BatchChatRequest,
  { batchChatUrl }: Config,
): boolean {
  const value = headers.get(HEADER)
  if (value === undefined || value === null) return false
  if (value.trim() !== 'chat') throw wrong('expected "chat"')
  if (!endpoint.hasBatchChat)
    throw wrong(`the endpoint "${endpoint.name}" has no Batch Chat; chat-completions has it`)
  if (stream) throw wrong('Batch Chat does not stream. Leave out "stream"')
  if (asJob) throw wrong('a job cannot be Batch Chat. Leave out "Prefer: respond-async" and X-Edge-Webhook')
  if (batchChatUrl !== undefined) return true
  throw wrong('this gateway has no Batch Chat. Its operator can set DASHSCOPE_BATCH_URL')
}

/** The targets that have Batch Chat. Throws GatewayError `invalid` if there are none. */
export function batchChatTargets(targets: Targets): Targets {
  const found = some(targets.filter(({ region }) => region === BATCH_CHAT_REGION))
  if (found) return found
  throw wrong(
    `Batch Chat is available in ${BATCH_CHAT_REGION} only, which this key or this gateway does not use`,
  )
}

function wrong(what: string): GatewayError {
  return new GatewayError('invalid', `X-Edge-Batch: ${what}.`, { param: HEADER })
}
