import assert from 'node:assert/strict'
import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, TEXT } from '../harness/caller.ts'
import type { Check } from './checks.ts'
import type { Page } from './devtools.ts'
import type { Stage } from './stage.ts'
import { TEST_RESPONSE } from './turnstile.ts'

/** What a script learns of an answer, or of there being none. */
interface Heard {
  status: number
  type: string
  headers: Record<string, string>
  text: string
  /** Why `fetch` rejected; empty if it did not. */
  rejection: string
}

interface PageRequest {
  path: string
  headers?: Record<string, string>
  body: object
  mode?: RequestMode
}

/** What the openai package sends from a page. */
const OPENAI_HEADERS = {
  'x-stainless-arch': 'unknown',
  'x-stainless-helper-method': 'stream',
  'x-stainless-lang': 'js',
  'x-stainless-os': 'Unknown',
  'x-stainless-package-version': '6.0.0',
  'x-stainless-retry-count': '0',
  'x-stainless-runtime': 'browser:chrome',
  'x-stainless-runtime-version': '150.0.0',
  'x-stainless-timeout': '600',
}
/** What fetch-event-source sends when it comes back after a break. */
const EVENT_SOURCE_HEADERS = {
  accept: 'text/event-stream',
  'last-event-id': '3',
  'x-accel-buffering': 'no',
  'x-dashscope-sse': 'enable',
}

/** What scripts of other people's making do on the page's origin. */
export function scriptChecks(page: Page, stage: Stage): Check[] {
  const bearer = { authorization: `Bearer ${stage.clientKey}` }
  const hear = (asked: PageRequest) => fetchIn(page, stage.gateway, asked)
  return [
    [
      'the headers of openai pass the preflight',
      async () => {
        const body = chatBody('qwen-plus', 'openai', { stream: true })
        const heard = await hear({ path: CHAT, headers: { ...bearer, ...OPENAI_HEADERS }, body })
        assert.equal(heard.rejection, '')
        assert.equal(heard.status, 200)
        assert.match(heard.text, /data: \[DONE\]\s*$/)
      },
    ],
    [
      'the headers of fetch-event-source pass the preflight',
      async () => {
        const body = nativeBody('qwen-plus', 'events', { incremental_output: true })
        const heard = await hear({ path: TEXT, headers: { ...bearer, ...EVENT_SOURCE_HEADERS }, body })
        assert.equal(heard.rejection, '')
        assert.equal(heard.status, 200)
        assert.match(heard.headers['content-type'] ?? '', /^text\/event-stream/)
      },
    ],
    [
      'the headers of the Anthropic package pass the preflight',
      async () => {
        const headers = {
          'x-api-key': stage.clientKey,
          'anthropic-version': '2023-06-01',
          'anthropic-dangerous-direct-browser-access': 'true',
        }
        const heard = await hear({ path: MESSAGES, headers, body: messagesBody('qwen-plus', 'anthropic') })
        assert.equal(heard.rejection, '')
        assert.equal(heard.status, 200)
      },
    ],
    [
      'a header that the gateway does not know passes the preflight and stays here',
      async () => {
        const headers = { ...bearer, 'x-unheard-of': '1' }
        const heard = await hear({ path: CHAT, headers, body: chatBody('qwen-plus', 'unheard of') })
        assert.equal(heard.rejection, '')
      },
    ],
    [
      'a script reads a 401 and its id',
      async () => {
        const headers = { authorization: 'Bearer dse_wrong' }
        const heard = await hear({ path: CHAT, headers, body: chatBody('qwen-plus', 'who') })
        assert.equal(heard.rejection, '')
        assert.equal(heard.status, 401)
        assert.equal(JSON.parse(heard.text).error.code, 'invalid_api_key')
        assert.match(heard.headers['x-edge-request-id'] ?? '', /^[\da-f-]{36}$/)
      },
    ],
    [
      'a script reads a 400 that names the field',
      async () => {
        const heard = await hear({ path: CHAT, headers: bearer, body: { model: 'qwen-plus' } })
        assert.equal(heard.rejection, '')
        assert.equal(heard.status, 400)
        assert.match(JSON.parse(heard.text).error.message, /messages/)
      },
    ],
    [
      "a script reads DashScope's own error",
      async () => {
        const body = chatBody('fault-first-event-400-DataInspectionFailed', 'hi', { stream: true })
        const heard = await hear({ path: CHAT, headers: bearer, body })
        assert.equal(heard.rejection, '')
        assert.equal(heard.status, 400)
        assert.match(heard.text, /DataInspectionFailed|data_inspection_failed/)
      },
    ],
  ]
}

/** What a page of another origin may not do, whatever credential it has. */
export function foreignChecks(page: Page, stage: Stage): Check[] {
  const hear = (asked: PageRequest) => fetchIn(page, stage.gateway, asked)
  return [
    [
      'a page of a foreign origin is refused, and DashScope is not asked',
      async () => {
        await page.open(stage.foreignSite)
        const before = (await stage.calls()).length
        const headers = { authorization: `Bearer ${stage.clientKey}` }
        const heard = await hear({ path: CHAT, headers, body: chatBody('qwen-plus', 'foreign') })
        assert.match(heard.rejection, /^TypeError/)
        assert.equal((await stage.calls()).length, before)
      },
    ],
    [
      'a page of a foreign origin gets no token, and Turnstile is not asked',
      async () => {
        const before = stage.siteverify.asked()
        const body = { key_id: stage.keyId, turnstile: TEST_RESPONSE }
        const heard = await hear({ path: '/edge/tokens', body })
        assert.match(heard.rejection, /^TypeError/)
        // Without a preflight: a request that any page may send, to an answer that it may not read.
        const blind = await hear({ path: '/edge/tokens', body, mode: 'no-cors' })
        assert.equal(blind.rejection, '')
        assert.equal(blind.type, 'opaque')
        assert.equal(stage.siteverify.asked(), before)
      },
    ],
  ]
}

/** Fetches in the page. `no-cors` lets no JSON type through, so such a body goes as text. */
function fetchIn(page: Page, gateway: string, { path, headers = {}, body, mode = 'cors' }: PageRequest) {
  const type = mode === 'cors' ? 'application/json' : 'text/plain'
  return page.run(
    async (address, init): Promise<Heard> => {
      try {
        const response = await fetch(address, init)
        const { status, type } = response
        const headers: Record<string, string> = {}
        response.headers.forEach((value, name) => {
          headers[name] = value
        })
        return { status, type, headers, text: await response.text(), rejection: '' }
      } catch (thrown) {
        return { status: 0, type: '', headers: {}, text: '', rejection: String(thrown) }
      }
    },
    gateway + path,
    { method: 'POST', mode, headers: { 'content-type': type, ...headers }, body: JSON.stringify(body) },
  )
}
