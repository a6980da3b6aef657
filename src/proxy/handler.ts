import { answerCached, notCached } from '../cache/cached.ts'
import { cacheStatus } from '../cache/status.ts'
import type { Target } from '../dashscope/targets.ts'
import { asGatewayError } from '../errors.ts'
import { type Account, openAccount } from '../meter/account.ts'
import { listOwn } from '../ownership/lists.ts'
import { keepOwnership } from '../ownership/ownership.ts'
import { type AttemptOptions, respondingAttempt } from '../upstream/attempt.ts'
import type { UpstreamResponse, WholeResponse } from '../upstream/response.ts'
import { fetchWithRetries } from '../upstream/retry-loop.ts'
import { bothWatch, type Watcher } from '../upstream/watcher.ts'
import { type EdgeContext, type Exchange, respond, timed } from './exchange.ts'
import { logClosing, logLost } from './log.ts'
import type { ProxyRequest } from './proxy-request.ts'

/**
 * Everything that costs something: within the caller's limits, and with an account that is closed however it ends.
 *
 * @param call a request that was let in.
 * @throws GatewayError where a limit is reached or there is no answer.
 */
export async function answerOnAccount(c: EdgeContext, call: ProxyRequest): Promise<Response> {
  const exchange = c.get('exchange')
  const account = await openAccount(c.env, call, {
    id: exchange.id,
    nowMs: exchange.startedMs,
    answeredIn: () => respondingAttempt(exchange.attempts)?.region,
    keepAlive: (work) => c.executionCtx.waitUntil(work),
    closed: (closing) => logClosing(c.env, exchange, call, closing),
    lost: (settlements, cause) => logLost(call.principal.keyId, settlements, cause),
  })
  exchange.hasAccount = true
  exchange.headers = { ...exchange.headers, ...account.headers }
  try {
    const isList = call.endpoint.ownership?.action === 'list'
    return await (isList ? answerList(c, call, account) : answerCall(c, call, account))
  } catch (thrown) {
    account.failed(asGatewayError(thrown))
    throw thrown
  }
}

/** From the cache where it may be, else from DashScope. */
async function answerCall(c: EdgeContext, call: ProxyRequest, account: Account): Promise<Response> {
  const exchange = c.get('exchange')
  const { request, endpoint, cache } = call
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const ask = async (signal: AbortSignal, tee?: Watcher) => {
    request.signal.throwIfAborted()
    return timed(exchange, 'upstream', askDashScope(c, call, account, signal, tee))
  }
  if (!cache.use) {
    if (cache.onlyIfCached) throw notCached()
    const answer = await ask(request.signal)
    const status = endpoint.cacheable ? { 'cache-status': cacheStatus({ forward: 'bypass' }) } : {}
    return respondOnAccount(exchange, answer, status, account)
  }
  const { answer, outcome, age, shared, refreshed } = await answerCached({
    ...cache,
    kv: c.env.CACHE,
    caller: request.signal,
    deadlineMs: call.deadlines.totalMs,
    keepAlive,
    look: (work) => timed(exchange, 'cache', work),
    ask,
  })
  const status = { 'cache-status': cacheStatus(outcome), ...(age !== undefined && { age: String(age) }) }
  if (!refreshed) return respondOnAccount(exchange, answer, status, account, shared)
  keepAlive(
    refreshed
      .then((fresh) => close(account, fresh))
      .catch((thrown) => account.failed(asGatewayError(thrown))),
  )
  return respond(exchange, answer, status)
}

/**
 * The account is closed behind the answer, because the log says what the caller was told.
 *
 * @param shared the whole answer that another request has paid for.
 */
function respondOnAccount(
  exchange: Exchange,
  answer: UpstreamResponse,
  extra: Record<string, string>,
  account: Account,
  shared?: WholeResponse,
): Response {
  const response = respond(exchange, answer, extra)
  if (shared) account.answered(shared, true)
  else close(account, answer)
  return response
}

/** A stream that somebody watches closes its account itself when it ends. */
function close(account: Account, answer: UpstreamResponse): void {
  if (answer.kind === 'whole') account.answered(answer, false)
  else if (!account.watcher) account.ended('open')
}

/** DashScope's answer; what it made for this key is the key's before the caller learns of it. */
async function askDashScope(
  c: EdgeContext,
  call: ProxyRequest,
  account: Account,
  signal: AbortSignal,
  tee: Watcher | undefined,
): Promise<UpstreamResponse> {
  const { id: requestId, attempts } = c.get('exchange')
  const watcher = bothWatch(account.watcher, tee)
  const options: AttemptOptions = { requestId, signal, watcher, attempts }
  const answer = await fetchWithRetries(call, options)
  await keepOwnership(c.env, call, answer, respondingAttempt(attempts)?.to ?? '', Date.now())
  return answer
}

/** The caller's own tasks or files out of an account that others use as well; made of several answers, or of none. */
async function answerList(c: EdgeContext, call: ProxyRequest, account: Account): Promise<Response> {
  const exchange = c.get('exchange')
  const options = { requestId: exchange.id, signal: call.request.signal }
  const untilMs = Date.now() + call.deadlines.totalMs
  const ask = (url: URL, target: Target) => {
    const deadlines = { ...call.deadlines, totalMs: untilMs - Date.now() }
    return fetchWithRetries({ ...call, url, targets: [target], deadlines }, { ...options, attempts: [] })
  }
  const list = await timed(exchange, 'upstream', listOwn(c.env, call, ask))
  return respondOnAccount(exchange, list, {}, account)
}
