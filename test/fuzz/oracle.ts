import { unframeError } from '../../src/dashscope/stream/first-event.ts'
import type { Case, Outcome } from './case.ts'
import { NAMED_ORIGIN } from './headers.ts'

/** What must never be in an answer. */
export interface Secrets {
  apiKey: string
  adminToken: string
}

/** The statuses of docs/errors.md, and those of the emulator's faults and refusals, which are relayed unchanged. */
const OWN = new Set([200, 204, 400, 401, 403, 404, 405, 409, 413, 415, 429, 502, 503, 504])
const RELAYED = new Set([418, 424])

/** Models and applications have their own compatible paths. */
const COMPATIBLE_PATH = /^\/(?:api\/v2\/apps\/agent\/[^/]*\/)?compatible-/

/** Headers that DashScope sends and no caller gets. */
const NEVER = /^(set-cookie|server|x-envoy-.*|x-dashscope-(uid|apikeyid|requestid|inner-.*))$/

/** Says what is wrong with an answer; nothing if it is as it should be. */
export function findFaults(asked: Case, outcome: Outcome, secrets: Secrets): string[] {
  if (outcome.kind === 'failed') return [`No answer: ${outcome.why}.`]
  const { status, headers, text, isComplete } = outcome
  const faults: string[] = []
  const isMinted =
    status === 201 && /^\/edge\/tokens\/?$/.test(new URL(asked.path, 'http://gateway.example').pathname)
  if (!OWN.has(status) && !RELAYED.has(status) && !isMinted)
    faults.push(`The status ${status} is not promised.`)
  const whole = JSON.stringify(headers) + text
  if ((status === 502 || status === 503) && !asked.body?.includes('fault-')) {
    faults.push(`The status ${status} has no cause: the emulator was not asked to fail.`)
  }
  // A stream that DashScope breaks in the middle of a line ends with a broken connection (docs/errors.md).
  const isStream = status === 200 && String(headers['content-type']).startsWith('text/event-stream')
  const isCut = isStream && asked.body?.includes('"fault-cut"')
  if (!isComplete && !isCut) faults.push('The response broke off, but the emulator was not asked to cut it.')
  for (const secret of Object.values(secrets))
    if (whole.includes(secret)) faults.push('The answer holds a secret.')
  for (const name of Object.keys(headers))
    if (NEVER.test(name)) faults.push(`The header ${name} came through.`)
  const isOperators = status < 300 && asked.path.startsWith('/edge/')
  if (!isOperators && !/^[0-9a-f-]{36}$/.test(String(headers['x-edge-request-id'])))
    faults.push('The answer has no x-edge-request-id.')
  const allowed = headers['access-control-allow-origin']
  if (allowed !== undefined && (allowed !== NAMED_ORIGIN || asked.headers.origin !== NAMED_ORIGIN)) {
    faults.push(`A page of ${asked.headers.origin} is let in as ${allowed}.`)
  }
  if (asked.method !== 'HEAD' && status !== 204 && isComplete)
    faults.push(...bodyFaults(asked.path, status, String(headers['content-type']), text))
  return faults
}

function bodyFaults(path: string, status: number, type: string, text: string): string[] {
  if (status === 200 && type.startsWith('text/event-stream'))
    return text.trim() === '' ? ['The stream is empty.'] : []
  if (status === 200 && isDownload(path, type)) return []
  // The answer to an offer of WebRTC is a session description (RFC 8866).
  if (status === 200 && type.startsWith('application/sdp')) return []
  // SDKs read an error of their stream as an event, so one that came as such stays one.
  if (status >= 400 && status < 500 && type.startsWith('text/event-stream')) {
    const data = unframeError(text)
    return data && isInDialect(path, JSON.parse(data))
      ? []
      : ['The event is no error in the dialect of the path.']
  }
  if (!type.startsWith('application/json')) return [`The answer is ${type} and not JSON.`]
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return ['The response says that it is JSON but is not.']
  }
  return status >= 400 && !isInDialect(path, body) ? ['The error is not in the dialect of the path.'] : []
}

function isInDialect(path: string, body: unknown): boolean {
  if (!isObject(body)) return false
  // A path is read as URLs are: dots and slashes in it may lead somewhere else.
  const { pathname } = new URL(`http://gateway.example${path}`)
  const native = isText(body.code) && isText(body.message)
  const compatible = isObject(body.error) && isText(body.error.message)
  const anthropic = body.type === 'error' && compatible && isObject(body.error) && isText(body.error.type)
  // Where nothing is, the path's end tells whose client asks; `promises/wrong-base-url` holds which end means whom.
  if (/"This gateway does not serve /.test(JSON.stringify(body))) return native || compatible
  if (pathname.startsWith('/apps/anthropic/')) return anthropic
  return COMPATIBLE_PATH.test(pathname) ? compatible : native
}

/** Files are passed on as they are; speech and videos are made of files, and have their media type. */
function isDownload(path: string, type: string): boolean {
  if (/\/files\/[^/]+\/content/.test(path)) return true
  if (/\/videos\/[^/]+\/content/.test(path)) return type === 'video/mp4'
  return /\/audio\/speech/.test(path) && type.startsWith('audio/')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}
