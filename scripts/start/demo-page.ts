import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { TEST_SECRET, verdict, WIDGET } from './turnstile.ts'

const PAGE = join(import.meta.dirname, '../../examples/page')

/** The script of the real Turnstile widget, which is replaced by a local stand-in. */
const WIDGET_SCRIPT = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit'
const VERIFY_PATH = '/turnstile/v0/siteverify'

/** The placeholder for the gateway in the example page. */
const SAMPLE_GATEWAY = 'https://dashscope-edge.example.workers.dev'
const SAMPLE_KEY_ID = 'key_0000000000000000'

/** The host of the page, and the action of its widget. */
export const DEMO_HOST = 'localhost'
export const DEMO_ACTION = 'chat'

/** The gateway and key that the page uses. */
export interface DemoTarget {
  gateway: string
  keyId: string
}

/** The site of the demo page. */
export interface DemoPage {
  address: string
  /** Variables of a gateway that uses the stand-in for verification. */
  variables: { TURNSTILE_SECRET: string; TURNSTILE_VERIFY_URL: string }
  /** Enables the page; before, the site responds with 503. */
  show: (target: DemoTarget) => void
  stop: () => Promise<void>
}

/**
 * Serves the page of examples/page/chat.html on a free port of this machine, with a stand-in for Turnstile. Like a
 * page without a back end, it has its own origin and no key. It works without a network.
 */
export async function serveDemoPage(host: string): Promise<DemoPage> {
  let target: DemoTarget | undefined
  const server = createServer(async (request, response) => {
    const reply = await replyTo(request, target)
    response.writeHead(reply.status, { 'content-type': reply.type, 'cache-control': 'no-store' })
    response.end(reply.text)
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `http://${DEMO_HOST}:${port}/`,
    variables: {
      TURNSTILE_SECRET: TEST_SECRET,
      TURNSTILE_VERIFY_URL: `http://127.0.0.1:${port}${VERIFY_PATH}`,
    },
    show: (shown) => {
      target = shown
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface Reply {
  status: number
  type: string
  text: string
}

async function replyTo(request: IncomingMessage, target: DemoTarget | undefined): Promise<Reply> {
  if (request.url === VERIFY_PATH) {
    try {
      const body = verdict(await bodyOf(request), DEMO_HOST, DEMO_ACTION)
      return { status: 200, type: 'application/json', text: JSON.stringify(body) }
    } catch {
      return { status: 400, type: 'text/plain', text: 'The body is not JSON.' }
    }
  }
  if (!target)
    return { status: 503, type: 'text/plain', text: 'The gateway is starting. Reload in a moment.' }
  if (request.url === '/turnstile.js') return { status: 200, type: 'text/javascript', text: WIDGET }
  if (request.url === '/chat.js') {
    const script = await readFile(join(PAGE, 'chat.js'), 'utf8')
    const text = script.replace(SAMPLE_GATEWAY, target.gateway).replace(SAMPLE_KEY_ID, target.keyId)
    return { status: 200, type: 'text/javascript; charset=utf-8', text }
  }
  if (request.url !== '/') return { status: 404, type: 'text/plain', text: 'Not found.' }
  const page = await readFile(join(PAGE, 'chat.html'), 'utf8')
  return { status: 200, type: 'text/html; charset=utf-8', text: page.replace(WIDGET_SCRIPT, 'turnstile.js') }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const piece of request.setEncoding('utf8')) body += piece
  return body
}
