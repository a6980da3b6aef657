import { createServer } from 'node:http'
import { listen, type Served } from './listen.ts'

/** Turnstile, "Testing": the secret that lets every response pass, and the response that the test sitekeys give. */
export const TEST_SECRET = '1x0000000000000000000000000000000AA'
export const TEST_RESPONSE = 'XXXX.DUMMY.TOKEN.XXXX'

/** Where pages get the widget from. */
export const WIDGET_HOST = 'https://challenges.cloudflare.com/'

/** The widget with a test sitekey, as far as a page sees it: some time after it was put up, it calls with a response. */
export const WIDGET = `window.turnstile = {
  render(container, { callback }) {
    document.querySelector(container).textContent = 'You are human.'
    setTimeout(callback, 0, '${TEST_RESPONSE}')
    return container
  },
  remove(container) {
    document.querySelector(container).textContent = ''
  },
}`

/** A stand-in for siteverify. */
export interface Siteverify extends Served {
  /** Times that it was asked. */
  asked: () => number
}

/**
 * Starts a siteverify that knows the test secret and the test response, made by a widget on `hostname` with `action`.
 */
export async function startSiteverify(hostname: string, action: string): Promise<Siteverify> {
  let asked = 0
  const server = createServer(async (request, response) => {
    asked++
    let body = ''
    for await (const piece of request.setEncoding('utf8')) body += piece
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ...verdict(JSON.parse(body)), hostname, action }))
  })
  return { ...(await listen(server)), asked: () => asked }
}

function verdict({ secret, response }: { secret?: unknown; response?: unknown }) {
  if (secret !== TEST_SECRET) return { success: false, 'error-codes': ['invalid-input-secret'] }
  if (response !== TEST_RESPONSE) return { success: false, 'error-codes': ['invalid-input-response'] }
  return { success: true, 'error-codes': [] }
}
