import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { buildConsole, CONSOLE_DIRECTORY } from '../../scripts/build-console.ts'
import { bundle } from '../../scripts/bundle.ts'
import { issuePageKey } from '../../scripts/operator.ts'
import { DEMO_ACTION, DEMO_HOST, serveDemoPage } from '../../scripts/start/demo-page.ts'
import { startEmulator, startGateway } from '../../scripts/workers.ts'
import type { EmulatorCall } from '../harness/gateway.ts'

/** Where Debian's package puts it. */
export const CHROMIUM = '/usr/bin/chromium'

/** Small, so that a test need not carry megabytes. */
const MAX_BODY_BYTES = '2000000'

/** Where nothing listens. */
const NOWHERE = 'http://127.0.0.1:1'

/** Longer than anything takes on a busy machine. */
const WAIT_MS = 10_000

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** How a page is opened. */
export interface View {
  language?: 'en' | 'zh'
  scheme?: 'light' | 'dark'
  width?: number
  height?: number
  reducedMotion?: boolean
}

/** A page of the console, and everything about it that must not happen. */
export interface ConsolePage {
  page: Page
  /** Violations of the content security policy, errors in the console, requests to other origins. */
  faults: string[]
  close: () => Promise<void>
}

/** A page that is not the console. */
export interface ForeignPage {
  page: Page
  close: () => Promise<void>
}

/** What the operator does before a check. */
interface Operator {
  issueKey: (fields?: Record<string, unknown>) => Promise<{ id: string; key: string }>
  /** An operator's session for pages of the console. */
  session: (scope?: 'read' | 'all') => Promise<string>
}

/** A gateway with its console in front of the emulator, and a browser. */
export interface Stage extends Operator {
  address: string
  adminToken: string
  /** Another gateway; one without an upstream asks where nothing listens. */
  another: (options: {
    hasUpstream: boolean
    variables?: Record<string, string>
  }) => Promise<Operator & { address: string; stop: () => Promise<void> }>
  /** Opens the console at a hash such as `#/play?key=…`. */
  open: (hash: string, view?: View) => Promise<ConsolePage>
  /** The demo page of `npm start`, on an origin of its own. */
  demoPage: string
  /** A page of any site, without the watch over the console. */
  openPage: (url: string) => Promise<ForeignPage>
  /** Opens the console of another gateway. */
  openAt: (address: string, hash: string, view?: View) => Promise<ConsolePage>
  calls: () => Promise<EmulatorCall[]>
  stop: () => Promise<void>
}

/** Builds and starts all of it on free ports of loopback. */
export async function setStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-console-'))
  const [gatewayModule, emulatorModule] = await Promise.all([
    bundle('src/index.ts', join(directory, 'gateway')),
    bundle('emulator/index.ts', join(directory, 'emulator')),
    buildConsole(),
  ])
  const adminToken = randomUUID()
  const apiKey = `sk-${randomUUID()}`
  const emulator = await startEmulator(emulatorModule, 0)
  const demo = await serveDemoPage('127.0.0.1')
  const gateway = await startGateway(gatewayModule, {
    port: 0,
    variables: {
      DASHSCOPE_API_KEY: apiKey,
      DASHSCOPE_BASE_URL: emulator.address,
      ADMIN_TOKEN: adminToken,
      MAX_BODY_BYTES,
      ...demo.variables,
    },
    assets: CONSOLE_DIRECTORY,
  })
  const { address } = gateway
  const page = { origin: `http://${DEMO_HOST}:*`, hostname: DEMO_HOST, action: DEMO_ACTION }
  const { id: pageKeyId } = await issuePageKey(address, adminToken, page)
  demo.show({ gateway: address, keyId: pageKeyId })
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  return {
    address,
    adminToken,
    ...operatorOf(address, adminToken),
    demoPage: demo.address,
    open: (hash, view = {}) => openConsole(browser, `${address}/console/${hash}`, view),
    openAt: (other, hash, view = {}) => openConsole(browser, `${other}/console/${hash}`, view),
    another: async ({ hasUpstream, variables: more }) => {
      const upstream = hasUpstream ? emulator.address : NOWHERE
      const variables = {
        DASHSCOPE_API_KEY: apiKey,
        DASHSCOPE_BASE_URL: upstream,
        ADMIN_TOKEN: adminToken,
        ...more,
      }
      const { address: other, stop } = await startGateway(gatewayModule, {
        port: 0,
        variables,
        assets: CONSOLE_DIRECTORY,
      })
      return { address: other, ...operatorOf(other, adminToken), stop }
    },
    openPage: async (url) => {
      const context = await browser.newContext()
      const opened = await context.newPage()
      opened.setDefaultTimeout(WAIT_MS)
      await opened.goto(url)
      return { page: opened, close: () => context.close() }
    },
    calls: async () => {
      const headers = { authorization: `Bearer ${apiKey}` }
      return (await (await fetch(`${emulator.address}/emulator/calls`, { headers })).json()) as EmulatorCall[]
    },
    stop: async () => {
      await browser.close()
      await gateway.stop()
      await demo.stop()
      await emulator.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function operatorOf(address: string, adminToken: string): Operator {
  const operate = async <Result>(path: string, body: object): Promise<Result> => {
    const headers = {
      authorization: `Bearer ${adminToken}`,
      'content-type': 'application/json',
      origin: address,
    }
    const response = await fetch(address + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
    return (await response.json()) as Result
  }
  return {
    issueKey: (fields = {}) => operate('/edge/keys', { name: 'test', ...fields }),
    session: async (scope = 'all') => (await operate<{ token: string }>('/edge/session', { scope })).token,
  }
}

async function openConsole(browser: Browser, url: string, view: View): Promise<ConsolePage> {
  const context = await browser.newContext({
    locale: view.language === 'zh' ? 'zh-CN' : 'en-US',
    colorScheme: view.scheme ?? 'light',
    reducedMotion: view.reducedMotion ? 'reduce' : 'no-preference',
    viewport: { width: view.width ?? 1280, height: view.height ?? 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const faults = await watch(context, new URL(url).origin)
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_MS)
  await page.goto(url)
  await page.locator('main h1, form.door').first().waitFor()
  return { page, faults, close: () => context.close() }
}

/** Collects what no flow may cause. A refused request is no fault: Chromium reports its status as an error, the page shows it. */
async function watch(context: BrowserContext, origin: string): Promise<string[]> {
  const faults: string[] = []
  await context.exposeFunction('reportViolation', (violation: string) => faults.push(violation))
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      const report = Reflect.get(globalThis, 'reportViolation') as (text: string) => void
      report(`CSP ${violatedDirective} ${blockedURI}`)
    })
  })
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== origin) faults.push(`request to ${url}`)
    if (/dse_|dst_|dso_/.test(request.url())) faults.push(`credential in ${request.url()}`)
    if (request.headers().referer?.includes('dse_')) faults.push('credential in Referer')
  })
  context.on('console', (message) => {
    const isRefusal = /Failed to load resource: the server responded with a status/.test(message.text())
    if (['error', 'warning'].includes(message.type()) && !isRefusal) faults.push(`console: ${message.text()}`)
  })
  context.on('weberror', (error) => faults.push(`thrown: ${error.error().message}`))
  return faults
}
