import { targetsAt } from '../dashscope/targets.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import { noteLookup } from '../jobs/lookups.ts'
import type { Account } from '../meter/account.ts'
import { forgetOwned, recordOwned } from '../ownership/owners.ts'
import { respondingAttempt } from '../upstream/attempt.ts'
import { LOST } from '../upstream/fetch.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { fetchWithRetries } from '../upstream/retry-loop.ts'
import { type EdgeContext, modelHeader, timed } from './exchange.ts'
import type { ProxyRequest } from './proxy-request.ts'
import { respond, respondError } from './respond.ts'
import { settle } from './settle.ts'
import { settleLookup } from './task-account.ts'
import type { FurtherCall, Translation, TranslationContext } from './translation.ts'

/**
 * Responds to a request of another API with the translation of DashScope's response. The account is always settled
 * with DashScope's own response.
 */
export async function respondTranslated(
  c: EdgeContext,
  call: ProxyRequest,
  translation: Translation,
  upstream: UpstreamResponse,
  account: Account,
): Promise<Response> {
  const exchange = c.get('exchange')
  try {
    const made = translation.respond(upstream, translationContext(c, call))
    const { response, delivered } = await timed(exchange, 'translate', made)
    const sent = respond(exchange, response, modelHeader(upstream.model))
    if (delivered) c.executionCtx.waitUntil(settleWhenDelivered(account, upstream, delivered))
    else settle(account, upstream)
    return sent
  } catch (thrown) {
    const error = asGatewayError(thrown)
    const sent = respondError(exchange, error)
    account.failed(error, upstream.kind === 'whole' ? upstream : undefined)
    return sent
  }
}

/** A file whose transfer breaks off is billed anyway. */
function settleWhenDelivered(
  account: Account,
  upstream: UpstreamResponse,
  delivered: Promise<unknown>,
): Promise<void> {
  return delivered.then(
    () => settle(account, upstream),
    (cause) => account.failed(brokenOff(cause), upstream.kind === 'whole' ? upstream : undefined),
  )
}

function brokenOff(cause: unknown): GatewayError {
  return new GatewayError('upstream', 'The file broke off before it was complete. Try again.', {
    cause,
    upstream: LOST,
  })
}

/** The functions that a translation can use for a request. */
export function translationContext(c: EdgeContext, call: ProxyRequest): TranslationContext {
  const { config, principal, deadlines, request } = call
  const { attempts, startedMs } = c.get('exchange')
  const home = respondingAttempt(attempts)?.to
  const [target] = (home !== undefined && targetsAt(config.targets, home)) || call.targets
  const atTarget = { ...call, targets: [target] } as const
  const untilMs = startedMs + deadlines.totalMs
  return {
    target,
    trustedOrigins: config.targets.map(({ baseUrl }) => baseUrl),
    signal: request.signal,
    untilMs,
    ask: (further) => askFurther(c, atTarget, further, untilMs),
    keepVideo: (id) => recordOwned(c.env, principal, 'video', { id, home: target.id }, Date.now()),
    forgetVideo: async (id, task) => {
      await forgetOwned(c.env, principal, 'task', task)
      await forgetOwned(c.env, principal, 'video', id)
    },
  }
}

async function askFurther(
  c: EdgeContext,
  call: ProxyRequest,
  { endpoint, path, id }: FurtherCall,
  untilMs: number,
): Promise<UpstreamResponse> {
  const { request, url, targets } = call
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const further: ProxyRequest = {
    ...call,
    endpoint,
    id,
    url: new URL(path, url),
    headers: new Map(),
    bytes: undefined,
    stream: false,
    asTask: false,
    aggregation: undefined,
    fallbacks: [],
    deadlines: { ...call.deadlines, totalMs: Math.max(0, untilMs - Date.now()) },
  }
  const { id: requestId } = c.get('exchange')
  const response = await fetchWithRetries(further, { requestId, signal: request.signal, attempts: [] })
  if (endpoint.ownership?.kind === 'task') {
    noteLookup(c.env, targets[0].id, keepAlive)
    keepAlive(settleLookup(c.env, further, response))
  }
  return response
}
