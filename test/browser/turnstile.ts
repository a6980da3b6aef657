import { createServer } from 'node:http'
import { verdict } from '../../scripts/start/turnstile.ts'
import { listen, type Served } from './listen.ts'

export { TEST_RESPONSE, TEST_SECRET, WIDGET } from '../../scripts/start/turnstile.ts'

/** Where pages get the widget from. */
export const WIDGET_HOST = 'https://challenges.cloudflare.com/'

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
    response.end(JSON.stringify(verdict(body, hostname, action)))
  })
  return { ...(await listen(server)), asked: () => asked }
}
