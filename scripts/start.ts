import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTargets } from '../src/relay/targets.ts'
import { bundle } from './bundle.ts'
import { faultsOf } from './edge/doctor.ts'
import { firstRequest, STREAM_OPTIONS } from './first-request.ts'
import { countKeys, issueKey, keyIsKnown, makeAdminToken } from './operator.ts'
import { requireFreePort } from './port.ts'
import { loadEnvFiles, readSettings, type Settings, variablesOfEveryRegion } from './settings.ts'
import { recall, remember } from './state.ts'
import { startEmulator, startGateway } from './workers.ts'

/** The emulator takes every key that looks like one of DashScope's. */
const EMULATED_API_KEY = 'sk-emulated'

/** Where keys, cached answers and meters outlive a restart; the variable is for whoever runs more than one gateway. */
const STATE_DIRECTORY = process.env.EDGE_STATE_DIRECTORY || '.wrangler/state/edge'

/** As in `wrangler.toml`. */
const REFUSALS_PER_MINUTE = 100

/** Soon enough for whoever starts it again at once, and too seldom to be seen in a list of processes. */
const PARENT_WATCH_MS = 200

/** npm's shell, as it was before anything could happen to it. */
const PARENT = process.ppid

type Stop = () => Promise<unknown>

process.chdir(join(import.meta.dirname, '..'))
const running: Stop[] = []
try {
  loadEnvFiles()
  await start(readSettings(process.env), running)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  await stopAll(running)
  process.exit(1)
}

/** Asking for the list of keys makes the gateway read its variables, and say now which of them is wrong. */
async function start({ port, emulated, variables }: Settings, stops: Stop[]): Promise<void> {
  await requireFreePort(port)
  const modules = await bundleBoth(emulated, stops)
  const adminToken = variables.ADMIN_TOKEN ?? (await ownAdminToken())
  const upstream = emulated ? await emulate(modules.emulator, stops) : {}
  const gateway = await startGateway(modules.gateway, {
    port,
    variables: { ...variables, ...upstream, ADMIN_TOKEN: adminToken },
    persist: STATE_DIRECTORY,
    refusalsPerMinute: REFUSALS_PER_MINUTE,
  })
  stops.push(gateway.stop)
  await countKeys(gateway.address, adminToken)
  const key = await workingKey(gateway.address, adminToken)
  stopWhenTold(stops)
  console.log(greeting(gateway.address, key, emulated, variables))
  const faults = emulated ? '' : await faultsOf({ address: gateway.address, adminToken })
  if (faults) console.log(faults)
}

/** Both at once: a bundle takes seconds, nearly all of them to start the bundler. */
async function bundleBoth(emulated: boolean, stops: Stop[]) {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  stops.push(() => rm(directory, { recursive: true, force: true }))
  const [gateway, emulator] = await Promise.all([
    bundle('wrangler.toml', join(directory, 'gateway')),
    emulated ? bundle('emulator/wrangler.toml', join(directory, 'emulator')) : '',
  ])
  return { gateway, emulator }
}

async function emulate(module: string, stops: Stop[]): Promise<Record<string, string>> {
  const emulator = await startEmulator(module, 0)
  stops.push(emulator.stop)
  return variablesOfEveryRegion(emulator.address, EMULATED_API_KEY)
}

async function ownAdminToken(): Promise<string> {
  const before = await recall(STATE_DIRECTORY, 'admin-token')
  if (before) return before
  const token = makeAdminToken()
  await remember(STATE_DIRECTORY, 'admin-token', token)
  return token
}

/** The key of the last start where it still opens the gateway, else a new one. */
async function workingKey(address: string, adminToken: string): Promise<string> {
  const before = await recall(STATE_DIRECTORY, 'client-key')
  if (before && (await keyIsKnown(address, before))) return before
  const { key } = await issueKey(address, adminToken, 'npm start')
  await remember(STATE_DIRECTORY, 'client-key', key)
  return key
}

function greeting(
  address: string,
  key: string,
  emulated: boolean,
  variables: Record<string, string>,
): string {
  const upstream = emulated
    ? 'emulated on this machine; set DASHSCOPE_API_KEY to ask the real one'
    : [...new Set(readTargets(variables).map(({ baseUrl }) => baseUrl))].join(', ')
  const admin = variables.ADMIN_TOKEN ? 'from ADMIN_TOKEN' : `in ${join(STATE_DIRECTORY, 'admin-token')}`
  return `
dashscope-edge listens on ${address}

  DashScope    ${upstream}
  Client key   ${key}
  Admin token  ${admin}

Try it:

${firstRequest(address, key)}

For a stream, add: ${STREAM_OPTIONS}
Stop with Ctrl-C.
`
}

/**
 * Stops in order on a signal, or when npm is gone. In a terminal Ctrl-C reaches every process; a signal to npm alone
 * ends npm and its shell but is not passed on by every shell, and the gateway would stay behind with the port.
 * Miniflare's own listeners are taken away: they end the process before anything is put in order.
 */
function stopWhenTold(stops: Stop[]): void {
  const stop = async () => {
    await stopAll(stops)
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(signal)
    process.once(signal, stop)
  }
  if (!process.env.npm_lifecycle_event) return
  const watch = setInterval(() => {
    if (process.ppid === PARENT) return
    clearInterval(watch)
    void stop()
  }, PARENT_WATCH_MS)
}

async function stopAll(stops: Stop[]): Promise<void> {
  await Promise.allSettled(stops.splice(0).map((stop) => stop()))
}
