import { readConfig } from '../../config.ts'
import { findEndpoint } from '../../dashscope/endpoints.ts'
import { GatewayError } from '../../errors.ts'
import { createJob } from '../../jobs/create-job.ts'
import { checkMetadata, type JobOptions, readIdempotencyKey, readWebhook } from '../../jobs/options.ts'
import { type HeaderMap, isHeaderField, readHeaderMap } from '../../lib/header-map.ts'
import { isJsonObject } from '../../lib/json/object.ts'
import { readOutline } from '../../lib/json/outline.ts'
import { endOfValue, membersOf } from '../../lib/json/splice.ts'
import { bytesOf, strictTextOf, textOf } from '../../lib/json/utf8.ts'
import { assertOwnership } from '../../ownership/ownership.ts'
import { type EdgeContext, noteRequest } from '../../proxy/exchange.ts'
import { destinationRules, requireJobCall, respondAccepted } from '../../proxy/job.ts'
import { readCall } from '../../proxy/read-request.ts'
import { readUpTo } from '../../upstream/response.ts'
import { identifyEdgeCaller } from '../caller.ts'

/** The size allowed for the frame around the request's own body. */
const FRAME_BYTES = 64 * 1024

/** Headers with credentials of the caller, which the inner request must not set. */
const CREDENTIALS = ['authorization', 'x-api-key', 'x-dashscope-apikey', 'cookie', 'proxy-authorization']

/**
 * `POST /edge/jobs`, for callers that cannot set headers. The request is in the body, and its own body is cut out of
 * the text, so that DashScope receives it byte for byte. `{"task_id": …}` watches an existing task of the key
 * instead.
 */
export async function createFromBody(c: EdgeContext): Promise<Response> {
  const { env, req } = c
  const exchange = c.get('exchange')
  const config = readConfig(env)
  const caller = await identifyEdgeCaller(req.raw, env, exchange.startedMs)
  if (caller.kind === 'operator') {
    throw new GatewayError('denied', 'A job belongs to a client key. Send one instead of the admin token.')
  }
  const { principal } = caller
  exchange.principal = principal

  const text = await readText(req.raw, config.maxBodyBytes + FRAME_BYTES)
  const { request, task, webhook, metadata } = readJobBody(text)
  const { origin } = exchange.url
  const options: JobOptions = {
    respondAsync: true,
    webhook: webhook === undefined ? null : readWebhook(webhook, destinationRules(origin, config)),
    metadata,
    idempotencyKey: readIdempotencyKey(readHeaderMap(req.raw.headers)),
  }
  const asked = request ?? {
    method: 'GET',
    path: `/api/v1/tasks/${encodeURIComponent(task ?? '')}`,
    headers: {},
    body: undefined,
  }
  const url = URL.parse(asked.path, origin)
  const found = url?.origin === origin ? findEndpoint(asked.method, url.pathname) : undefined
  if (!url || found?.kind !== 'endpoint')
    throw invalid('request.path', 'a method and path of the endpoint table')
  const inner: HeaderMap = new Map(Object.entries(asked.headers))
  const body = asked.body === undefined ? null : bytesOf(asked.body)
  const { endpoint, id, app } = found
  const incoming = { headers: inner, principal, endpoint, id, app, asJob: true }
  const read = await readCall(new Request(url, { method: asked.method, body }), url, incoming, config)
  noteRequest(exchange, read)
  const call = await assertOwnership(env, read)
  const job = task === undefined ? requireJobCall(call) : call
  const kind = task !== undefined || call.asTask ? 'task' : 'call'
  const { record, headers: limits } = await createJob(env, job, options, {
    kind,
    origin,
    nowMs: exchange.startedMs,
    ...(task !== undefined && { taskId: task }),
  })
  exchange.headers = { ...exchange.headers, ...limits }
  return respondAccepted(c, record)
}

/** The parsed body: a request, or a task to watch. */
interface JobBody {
  request:
    | { method: string; path: string; headers: Record<string, string>; body: string | undefined }
    | undefined
  task: string | undefined
  webhook: string | undefined
  metadata: Record<string, string>
}

function readJobBody(text: string): JobBody {
  const frame = parse(text)
  const { request, task_id: task, webhook, metadata, ...rest } = frame
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw invalid('body', `only request, task_id, webhook and metadata, not "${unknown.slice(0, 64)}"`)
  if ((request === undefined) === (task === undefined)) throw invalid('body', 'either request or task_id')
  if (task !== undefined && (typeof task !== 'string' || !/^[\w-]{1,128}$/.test(task))) {
    throw invalid('task_id', 'the id of a task')
  }
  if (webhook !== undefined && webhook !== null && typeof webhook !== 'string') {
    throw invalid('webhook', 'a URL or the id of an endpoint')
  }
  return {
    request: request === undefined ? undefined : readRequest(request, text),
    task,
    webhook: webhook ?? undefined,
    metadata: metadata === undefined ? {} : checkMetadata(metadata),
  }
}

function readRequest(value: unknown, text: string): NonNullable<JobBody['request']> {
  if (!isJsonObject(value)) throw invalid('request', 'an object with method, path, headers and body')
  const { method = 'POST', path, headers = {} } = value
  if (typeof method !== 'string') throw invalid('request.method', 'an HTTP method')
  if (typeof path !== 'string' || !path.startsWith('/'))
    throw invalid('request.path', 'a path that begins with "/"')
  return { method: method.toUpperCase(), path, headers: readHeaders(headers), body: bodyIn(text) }
}

function readHeaders(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) throw invalid('request.headers', 'an object whose values are strings')
  const headers = Object.entries(value).map(([name, text]) => {
    if (typeof text !== 'string') throw invalid('request.headers', 'an object whose values are strings')
    if (!isHeaderField(name, text))
      throw invalid('request.headers', 'header fields with the values that they would be sent with')
    return [name.toLowerCase(), text] as const
  })
  const credential = headers.find(([name]) => CREDENTIALS.includes(name))
  if (credential) throw invalid('request.headers', `no credential, and not "${credential[0]}"`)
  return { 'content-type': 'application/json', ...Object.fromEntries(headers) }
}

/** The text of `request.body` unchanged; parsing and serializing it would change numbers and white space. */
function bodyIn(text: string): string | undefined {
  const outline = readOutline(bytesOf(text))
  const request = membersOf(outline, 0).get('request')
  const body = request === undefined ? undefined : membersOf(outline, request).get('body')
  if (body === undefined) return undefined
  return textOf(outline.bytes.subarray(outline.starts[body], endOfValue(outline, body)))
}

async function readText({ body }: Request, limitBytes: number): Promise<string> {
  if (!body) throw invalid('body', 'a JSON object')
  const read = await readUpTo(body, limitBytes)
  if (read.kind === 'long') {
    await read.rest.cancel().catch(() => undefined)
    throw new GatewayError(
      'tooLarge',
      `The body is larger than ${limitBytes} bytes. Send less, or pass media by URL.`,
    )
  }
  try {
    return strictTextOf(read.bytes)
  } catch (cause) {
    throw new GatewayError('invalid', 'The body is not valid UTF-8. Send JSON encoded as UTF-8.', { cause })
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch (cause) {
    throw new GatewayError('invalid', 'The body is not valid JSON.', { cause })
  }
  throw invalid('body', 'a JSON object')
}

function invalid(param: string, expected: string): GatewayError {
  return new GatewayError('invalid', `${param}: expected ${expected}.`, { param })
}
