import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { buildConsole, CONSOLE_DIRECTORY } from '../../scripts/build-console.ts'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator, startGateway } from '../../scripts/workers.ts'
import type { EmulatorCall } from '../harness/gateway.ts'

/** Where Debian's package puts it. */
const CHROMIUM = '/usr/bin/chromium'

/** Small, so that a test need not carry megabytes. */
const MAX_BODY_BYTES = '2000000'

/** Longer than anything takes on a busy machine. */
const WAIT_MS = 10_000

const FLAGS = [
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

/** A gateway with its console in front of the emulator, and a browser. */
export interface Stage {
  address: string
  adminToken: string
  issueKey: (fields?: Record<string, unknown>) => Promise<{ id: string; key: string }>
  /** An operator's session for pages of the console. */
  session: (scope?: 'read' | 'all') => Promise<string>
  /** Opens the console at a hash such as `#/play?key=…`. */
  open: (hash: string, view?: View) => Promise<ConsolePage>
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
  const gateway = await startGateway(gatewayModule, {
    port: 0,
    variables: {
      DASHSCOPE_API_KEY: apiKey,
      DASHSCOPE_BASE_URL: emulator.address,
      ADMIN_TOKEN: adminToken,
      MAX_BODY_BYTES,
    },
    assets: CONSOLE_DIRECTORY,
  })
  const { address } = gateway
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  const operate = async <Answer>(path: string, body: object): Promise<Answer> => {
    const headers = {
      authorization: `Bearer ${adminToken}`,
      'content-type': 'application/json',
      origin: address,
    }
    const response = await fetch(address + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
    return (await response.json()) as Answer
  }
  return {
    address,
    adminToken,
    issueKey: (fields = {}) => operate('/edge/keys', { name: 'test', ...fields }),
    session: async (scope = 'all') => (await operate<{ token: string }>('/edge/session', { scope })).token,
    open: (hash, view = {}) => openConsole(browser, `${address}/console/${hash}`, view),
    calls: async () => {
      const headers = { authorization: `Bearer ${apiKey}` }
      return (await (await fetch(`${emulator.address}/emulator/calls`, { headers })).json()) as EmulatorCall[]
    },
    stop: async () => {
      await browser.close()
      await gateway.stop()
      await emulator.stop()
      await rm(directory, { recursive: true, force: true })
    },
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
