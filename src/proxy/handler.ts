import { hitInMemory, notCached, serveCached } from '../cache/cached.ts'
import type { CacheResponse } from '../cache/serve.ts'
import { cacheStatus } from '../cache/status.ts'
import { asGatewayError } from '../errors.ts'
import { sendBudgetAlerts } from '../jobs/alerts.ts'
import { reportRegions } from '../jobs/region-alerts.ts'
import { type Account, openAccount, openUnlimited } from '../meter/account.ts'
import { MeterClient } from '../meter/client.ts'
import { hasLimits } from '../meter/limited-meters.ts'
import { meterNamespace } from '../meter/meters.ts'
import type { AccountOptions } from '../meter/settler.ts'
import type { AskAccount } from '../ownership/lists.ts'
import { assertOwnership, makesOne, recordOwnershipOfStream } from '../ownership/ownership.ts'
import { type AttemptOptions, respondingAttempt } from '../upstream/attempt.ts'
import type { CallSignal } from '../upstream/call-signal.ts'
import { fetchWithFallbacks } from '../upstream/fallback.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { fetchWithRetries } from '../upstream/retry-loop.ts'
import { bothWatch, type Watcher } from '../upstream/watcher.ts'
import { type Assemble, assemblyFor } from './assembled.ts'
import { noteBatches, requireBilled } from './batch/seen-batches.ts'
import { type EdgeContext, keptAlive, modelHeader, noteTiming, timed } from './exchange.ts'
import { fallbackCall } from './fallback-call.ts'
import { logLost, logSettled } from './log.ts'
import { describeResponse } from './logged-request.ts'
import { orMissing } from './optional-endpoint.ts'
import type { ProxyRequest } from './proxy-request.ts'
import { recordOutcome } from './record-outcome.ts'
import { respond, respondError } from './respond.ts'
import { respondTranslated, translationContext } from './respond-translated.ts'
import { responseForCaller } from './response-for-caller.ts'
import { settle } from './settle.ts'
import { relayUpload } from './upload/relay-upload.ts'

/**
 * Runs the billable part of a request: reserves quota, gets the response and always settles usage, even if the caller
 * leaves. The settlement writes the request's log line, for responses and errors.
 *
 * @param call an authorized request.
 * @returns the response, or the error that the caller gets instead.
 * @throws GatewayError if a limit is reached; then nothing was settled or logged.
 */
export function respondOnAccount(c: EdgeContext, call: ProxyRequest): Response | Promise<Response> {
  const hit = instantHit(call)
  if (!hit) return keptAlive(c, respondAndSettle(c, call))
  // Without a wait, the caller cannot leave meanwhile, and keeping a request alive costs a tenth of its CPU time.
  c.get('exchange').timings.push(['cache', 0])
  return respondFromCache(c, openUnlimited(charged(call), accountOptions(c, call)), hit)
}

/** A response from this isolate's memory to a request that has nothing to wait for. */
function instantHit({
  cache,
  principal,
  id,
  namedIds,
  translation,
}: ProxyRequest): CacheResponse | undefined {
  if (!cache.use || id !== undefined || namedIds.size > 0 || translation) return undefined
  return hasLimits(principal) ? undefined : hitInMemory(cache)
}

async function respondAndSettle(c: EdgeContext, call: ProxyRequest): Promise<Response> {
  const exchange = c.get('exchange')
  const account = await openAccount(charged(call), accountOptions(c, call))
  exchange.headers = { ...exchange.headers, ...account.headers }
  try {
    // Checked after the reservation, so that guessing ids of other callers counts against the limits.
    const owned = await completed(c, await assertOwnership(c.env, call))
    await requireBilled(c.env, owned)
    const assemble = assemblyFor(c.env, owned, exchange.startedMs)
    if (assemble) return await respondAssembled(c, owned, account, assemble)
    return await (owned.cache.use
      ? respondCached(c, owned, owned.cache, account)
      : respondUncached(c, owned, account))
  } catch (thrown) {
    const error = asGatewayError(thrown)
    // Settled after the response was created, because the log contains what was sent.
    const sent = respondError(exchange, error)
    account.failed(error)
    return sent
  }
}

/** The request as it is charged: to its caller, or to the end user in the lines of a batch. */
function charged(call: ProxyRequest): ProxyRequest {
  return call.payer ? { ...call, principal: call.payer } : call
}

function accountOptions(c: EdgeContext, call: ProxyRequest): AccountOptions {
  const exchange = c.get('exchange')
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  return {
    id: exchange.id,
    nowMs: exchange.startedMs,
    meter: new MeterClient({
      meters: meterNamespace(c.env),
      keepAlive,
      calendar: call.config.calendar,
      logSize: call.config.requestLog,
      lost: logLost,
    }),
    respondedIn: () => respondingAttempt(exchange.attempts)?.region,
    respondedBy: () => respondingAttempt(exchange.attempts)?.model ?? call.model,
    notedTask: () => exchange.notedTask,
    keepAlive,
    ...(call.principal.policy.alerts && {
      reserved: (states) =>
        keepAlive(sendBudgetAlerts(c.env, call.principal, states, exchange.url.origin, Date.now())),
    }),
    settled: (settled) => logSettled(c.env, exchange, call, settled),
    describe: (settled) => describeResponse(exchange, charged(call), settled),
  }
}

/** The request with the additions of its translation, made after all checks. */
async function completed(c: EdgeContext, call: ProxyRequest): Promise<ProxyRequest> {
  const complete = call.translation?.complete
  return complete ? { ...call, ...(await complete(call, translationContext(c, call))) } : call
}

async function respondUncached(c: EdgeContext, call: ProxyRequest, account: Account): Promise<Response> {
  const { request, endpoint, cache, form } = call
  if (!cache.use && cache.onlyIfCached) throw notCached()
  const response = await (form
    ? relayUpload(call, form, {
        env: c.env,
        ask: (sent, signal) => fetchUpstream(c, sent, account, signal),
        keepAlive: (work) => c.executionCtx.waitUntil(work),
      })
    : fetchUpstream(c, call, account, request.signal))
  if (call.translation) return respondTranslated(c, call, call.translation, response, account)
  const status = endpoint.cacheable ? { 'cache-status': cacheStatus({ forward: 'bypass' }) } : {}
  const sent = respond(c.get('exchange'), response, { ...status, ...modelHeader(response.model) })
  settle(account, response)
  return sent
}

async function respondCached(
  c: EdgeContext,
  call: ProxyRequest,
  plan: ProxyRequest['cache'] & { use: true },
  account: Account,
): Promise<Response> {
  const exchange = c.get('exchange')
  const served = await serveCached({
    ...plan,
    kv: c.env.CACHE,
    caller: call.request.signal,
    limitMs: call.deadlines.totalMs,
    keepAlive: (work) => c.executionCtx.waitUntil(work),
    cacheKeyFor: (model) => {
      const { cache } = fallbackCall(call, model)
      return cache.use ? cache.cacheKey : undefined
    },
    look: (work) => timed(exchange, 'cache', work),
    ask: (signal, watcher) => fetchUpstream(c, call, account, signal, watcher),
  })
  return respondFromCache(c, account, served)
}

function respondFromCache(c: EdgeContext, account: Account, served: CacheResponse): Response {
  const age = 'ageSeconds' in served && { age: String(served.ageSeconds) }
  const sent = respond(c.get('exchange'), served.response, {
    'cache-status': cacheStatus(served.result),
    ...age,
    ...modelHeader(served.response.model),
  })
  settleCached(c, account, served)
  return sent
}

/** Settles after the response was created, because the log contains what was sent. */
function settleCached(c: EdgeContext, account: Account, served: CacheResponse): void {
  if (served.kind === 'hit') account.responded(served.stored, true)
  else if (served.kind === 'collapsed') account.responded(served.response, true)
  else if (served.kind === 'fetched') settle(account, served.response)
  else {
    const refreshed = served.refreshed.then((fresh) => settle(account, fresh))
    c.executionCtx.waitUntil(refreshed.catch((thrown) => account.failed(asGatewayError(thrown))))
  }
}

/** Fetches DashScope's response, records its outcome and makes it the response for the caller. */
async function fetchUpstream(
  c: EdgeContext,
  call: ProxyRequest,
  account: Account,
  signal: CallSignal,
  copy?: Watcher,
): Promise<UpstreamResponse> {
  call.request.signal.throwIfAborted()
  const exchange = c.get('exchange')
  const { id: requestId, attempts } = exchange
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const watcher = bothWatch(account.watcher, copy)
  const opened = ownershipOfStream(c, call)
  const options: AttemptOptions = { requestId, signal, watcher, opened, attempts }
  const forModel = (model: string) => fallbackCall(call, model)
  const startMs = Date.now()
  try {
    const fetched = fetchWithFallbacks(call, forModel, options)
    const response = await (call.endpoint.isOptional ? orMissing(call.endpoint, fetched) : fetched)
    await recordOutcome(c, call, response)
    return responseForCaller(call, response)
  } finally {
    reportRegions(c.env, attempts, exchange.url.origin, keepAlive)
    noteTiming(exchange, 'upstream', startMs)
  }
}

/** Records the object that the first event of a stream reports as created, even if the caller leaves meanwhile. */
function ownershipOfStream(c: EdgeContext, call: ProxyRequest): AttemptOptions['opened'] {
  if (!call.stream || !makesOne(call)) return undefined
  return (events, target) => recordOwnershipOfStream(c.env, call, events, target.id, Date.now())
}

/** Responds with a response assembled from several upstream calls, or from none. */
async function respondAssembled(
  c: EdgeContext,
  call: ProxyRequest,
  account: Account,
  assemble: Assemble,
): Promise<Response> {
  const exchange = c.get('exchange')
  const options = { requestId: exchange.id, signal: call.request.signal }
  const untilMs = Date.now() + call.deadlines.totalMs
  const ask: AskAccount = (url, target, bytes = call.bytes) => {
    const deadlines = { ...call.deadlines, totalMs: untilMs - Date.now() }
    return fetchWithRetries(
      { ...call, url, bytes, targets: [target], deadlines },
      { ...options, attempts: [] },
    )
  }
  const list = await timed(exchange, 'upstream', assemble(ask))
  await noteBatches(c.env, call, list)
  const sent = respond(exchange, list)
  settle(account, list)
  return sent
}
