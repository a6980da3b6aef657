import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Env, readConfig } from '../../src/config.ts'
import { CONSOLE_DIRECTORY } from '../build-console.ts'
import { faultsOf } from '../edge/doctor.ts'
import {
  countKeys,
  issueKey,
  issuePageKey,
  keyExists,
  keyIsKnown,
  makeAdminToken,
  makeSession,
} from '../operator.ts'
import { type Settings, variablesOfEveryRegion } from '../settings.ts'
import { readCredential, writeCredential } from '../state.ts'
import { type RunningWorker, startEmulator, startGateway } from '../workers.ts'
import { DEMO_ACTION, DEMO_HOST, type DemoPage, serveDemoPage } from './demo-page.ts'
import { greeting } from './greeting.ts'
import { lockState } from './lock.ts'
import { explained, requireFreePort } from './port.ts'
import type { Shutdown } from './shutdown.ts'

/** The emulator accepts every key with DashScope's prefix. */
const EMULATED_API_KEY = 'sk-emulated'

/** The same as in `wrangler.toml`. */
const REFUSALS_PER_MINUTE = 100

/** Pages on any port of this machine may use the keys, unless ALLOWED_ORIGINS is set. */
const PAGES_OF_THIS_MACHINE = 'http://localhost:*,http://127.0.0.1:*,http://[::1]:*'

/**
 * Usage is sent to the meters within a second (`USAGE_BATCH_MS` in src/meter/settlement-queue.ts); the shutdown waits
 * for it.
 */
const USAGE_FLUSH_MS = 1200

/** How long a meter may take to write it on a busy machine. */
const USAGE_WRITE_TIMEOUT_MS = 5000

/** The external dependencies of a start; tests replace them. */
export interface Surroundings {
  /** Bundles a Worker from its entry module into a directory; returns the path of the module. */
  bundle: (entry: string, directory: string) => Promise<string>
  /** Builds the files of the console. */
  buildConsole: () => Promise<void>
  print: (text: string) => void
  shutdown: Shutdown
}

/**
 * Starts the gateway on this machine, and an emulated DashScope if there is no key of the real one. Quick checks come
 * first; the gateway itself checks the admin token.
 *
 * @throws Error with a message for the developer.
 */
export async function start(settings: Settings, surroundings: Surroundings): Promise<void> {
  const { host, port, emulated, state, variables } = settings
  const { print, shutdown } = surroundings
  requireReadable(settings)
  await requireFreePort(port, host)
  const unlock = await lockState(state)
  shutdown.tasks.push(unlock)
  const modules = await bundleAll(emulated, surroundings)
  const adminToken = variables.ADMIN_TOKEN ?? (await ownAdminToken(state))
  const upstream = emulated ? await ready(startEmulator(modules.emulator, 0), shutdown) : ''
  const demo = await demoPage(settings, shutdown)
  const gateway = startGateway(modules.gateway, {
    host,
    port,
    variables: {
      ALLOWED_ORIGINS: PAGES_OF_THIS_MACHINE,
      // During development, webhook receivers run on this machine too.
      WEBHOOK_ALLOW_LOOPBACK: 'on',
      ...demo?.variables,
      ...variables,
      ...(emulated && variablesOfEveryRegion(upstream, EMULATED_API_KEY)),
      ADMIN_TOKEN: adminToken,
    },
    persist: state,
    refusalsPerMinute: REFUSALS_PER_MINUTE,
    assets: CONSOLE_DIRECTORY,
  })
  const flush = (address: string) => flushUsage(address, adminToken)
  const address = await ready(gateway, shutdown, flush).catch((error) => {
    throw explained(port, error)
  })
  await countKeys(address, adminToken)
  const key = await workingKey(address, adminToken, state)
  const session = await makeSession(address, adminToken)
  demo?.show({ gateway: address, keyId: await pageKeyId(address, adminToken, state) })
  print(greeting({ address, key, session, ...(demo && { demo: demo.address }) }, settings))
  const faults = emulated ? '' : await faultsOf({ address, adminToken })
  if (faults) print(faults)
}

/** Validates the variables with the Worker's own code. It reads no bindings, which Miniflare creates later. */
function requireReadable({ emulated, variables }: Settings): void {
  const upstream = emulated && variablesOfEveryRegion('http://127.0.0.1', EMULATED_API_KEY)
  readConfig({ ...variables, ...upstream } as unknown as Env)
}

/** Builds the gateway, its console and, if needed, the emulator in parallel. */
async function bundleAll(emulated: boolean, { bundle, buildConsole, shutdown }: Surroundings) {
  const directory = mkdtempSync(join(tmpdir(), 'dashscope-edge-'))
  const bundles = [
    bundle('src/index.ts', join(directory, 'gateway')),
    emulated ? bundle('emulator/index.ts', join(directory, 'emulator')) : '',
  ]
  shutdown.tasks.push(async () => {
    await Promise.allSettled(bundles)
    await rm(directory, { recursive: true, force: true })
  })
  const [gateway = '', emulator = ''] = await Promise.all([...bundles, buildConsole()])
  return { gateway, emulator }
}

/** The URL of a Worker. It is stopped at shutdown, after `flush` if it may still have something to write. */
async function ready(
  starting: Promise<RunningWorker>,
  { tasks, takeSignals }: Shutdown,
  flush?: (address: string) => Promise<void>,
): Promise<string> {
  takeSignals()
  const { address, stop } = await starting
  tasks.push(async () => {
    await flush?.(address)
    await stop()
  })
  return address
}

/** Waits until the gateway has written all usage. A report calls every meter, which handles calls in order. */
async function flushUsage(address: string, adminToken: string): Promise<void> {
  await setTimeout(USAGE_FLUSH_MS)
  const headers = { authorization: `Bearer ${adminToken}` }
  const signal = AbortSignal.timeout(USAGE_WRITE_TIMEOUT_MS)
  await fetch(`${address}/edge/usage`, { headers, signal })
    .then((response) => response.text())
    .catch(() => undefined)
}

async function ownAdminToken(state: string): Promise<string> {
  const before = await readCredential(state, 'admin-token')
  if (before) return before
  const token = makeAdminToken()
  await writeCredential(state, 'admin-token', token)
  return token
}

/**
 * The demo page; undefined if the developer has configured the real Turnstile, which does not work with the page's
 * stand-in.
 */
async function demoPage({ host, variables }: Settings, { tasks }: Shutdown): Promise<DemoPage | undefined> {
  if (variables.TURNSTILE_SECRET) return undefined
  const demo = await serveDemoPage(host)
  tasks.push(demo.stop)
  return demo
}

/** The key for the demo page's tokens, from the last start or new. The page contains only its id. */
async function pageKeyId(address: string, adminToken: string, state: string): Promise<string> {
  const before = await readCredential(state, 'page-key-id')
  if (before && (await keyExists(address, adminToken, before))) return before
  const page = { origin: `http://${DEMO_HOST}:*`, hostname: DEMO_HOST, action: DEMO_ACTION }
  const { id } = await issuePageKey(address, adminToken, page)
  await writeCredential(state, 'page-key-id', id)
  return id
}

/** The key of the last start if the gateway still accepts it, else a new one. */
async function workingKey(address: string, adminToken: string, state: string): Promise<string> {
  const before = await readCredential(state, 'client-key')
  if (before && (await keyIsKnown(address, before))) return before
  const { key } = await issueKey(address, adminToken, 'npm start')
  await writeCredential(state, 'client-key', key)
  return key
}
