import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Env, readConfig } from '../src/config.ts'
import { readTargets } from '../src/dashscope/targets.ts'
import { buildConsole, CONSOLE_DIRECTORY } from './build-console.ts'
import { bundle } from './bundle.ts'
import { faultsOf } from './edge/doctor.ts'
import { type Ending, endWhenTold } from './ending.ts'
import { firstRequest, STREAM_OPTIONS } from './first-request.ts'
import { countKeys, issueKey, keyIsKnown, makeAdminToken, makeSession } from './operator.ts'
import { explained, requireFreePort } from './port.ts'
import { loadEnvFiles, readSettings, type Settings, variablesOfEveryRegion } from './settings.ts'
import { recall, remember } from './state.ts'
import { type RunningWorker, startEmulator, startGateway } from './workers.ts'

/** The emulator takes every key that looks like one of DashScope's. */
const EMULATED_API_KEY = 'sk-emulated'

/** As in `wrangler.toml`. */
const REFUSALS_PER_MINUTE = 100

/** A page that a developer serves on any port may use the keys, unless ALLOWED_ORIGINS says otherwise. */
const PAGES_OF_THIS_MACHINE = 'http://localhost:*,http://127.0.0.1:*,http://[::1]:*'

process.chdir(join(import.meta.dirname, '..'))
const ending = endWhenTold()
try {
  loadEnvFiles()
  await start(readSettings(process.env), ending)
} catch (error) {
  if (!ending.signal.aborted) {
    console.error(error instanceof Error ? error.message : error)
    await ending.end(1)
  }
}

/** What is wrong with a variable is said before anything takes time; of the admin token the gateway itself says it. */
async function start(settings: Settings, ending: Ending): Promise<void> {
  const { port, emulated, state, variables } = settings
  await requireFreePort(port)
  requireReadable(settings)
  const modules = await bundleAll(emulated, ending)
  const adminToken = variables.ADMIN_TOKEN ?? (await ownAdminToken(state))
  const upstream = emulated ? await ready(startEmulator(modules.emulator, 0), ending) : ''
  const gateway = startGateway(modules.gateway, {
    port,
    variables: {
      ALLOWED_ORIGINS: PAGES_OF_THIS_MACHINE,
      ...variables,
      ...(emulated && variablesOfEveryRegion(upstream, EMULATED_API_KEY)),
      ADMIN_TOKEN: adminToken,
    },
    persist: state,
    refusalsPerMinute: REFUSALS_PER_MINUTE,
    assets: CONSOLE_DIRECTORY,
  })
  const address = await ready(gateway, ending).catch((error) => {
    throw explained(port, error)
  })
  await countKeys(address, adminToken)
  const key = await workingKey(address, adminToken, state)
  const session = await makeSession(address, adminToken)
  console.log(greeting(address, key, session, settings))
  const faults = emulated ? '' : await faultsOf({ address, adminToken })
  if (faults) console.log(faults)
}

/** Has the Worker's own code read the variables. The bindings beside them are Miniflare's to make, and nothing reads them here. */
function requireReadable({ emulated, variables }: Settings): void {
  const upstream = emulated && variablesOfEveryRegion('http://127.0.0.1', EMULATED_API_KEY)
  readConfig({ ...variables, ...upstream } as unknown as Env)
}

/** Builds the gateway, its console and, if needed, the emulator at the same time. */
async function bundleAll(emulated: boolean, { stops }: Ending) {
  const directory = mkdtempSync(join(tmpdir(), 'dashscope-edge-'))
  const bundles = [
    bundle('src/index.ts', join(directory, 'gateway')),
    emulated ? bundle('emulator/index.ts', join(directory, 'emulator')) : '',
  ]
  stops.push(async () => {
    await Promise.allSettled(bundles)
    await rm(directory, { recursive: true, force: true })
  })
  const [gateway = '', emulator = ''] = await Promise.all([...bundles, buildConsole()])
  return { gateway, emulator }
}

/** Where a Worker answers, once it does. */
async function ready(starting: Promise<RunningWorker>, { stops, takeSignals }: Ending): Promise<string> {
  takeSignals()
  const { address, stop } = await starting
  stops.push(stop)
  return address
}

async function ownAdminToken(state: string): Promise<string> {
  const before = await recall(state, 'admin-token')
  if (before) return before
  const token = makeAdminToken()
  await remember(state, 'admin-token', token)
  return token
}

/** The key of the last start where it still opens the gateway, else a new one. */
async function workingKey(address: string, adminToken: string, state: string): Promise<string> {
  const before = await recall(state, 'client-key')
  if (before && (await keyIsKnown(address, before))) return before
  const { key } = await issueKey(address, adminToken, 'npm start')
  await remember(state, 'client-key', key)
  return key
}

function greeting(
  address: string,
  key: string,
  session: string,
  { emulated, state, variables }: Settings,
): string {
  const upstream = emulated
    ? 'emulated on this machine; set DASHSCOPE_API_KEY to ask the real one'
    : [...new Set(readTargets(variables).map(({ baseUrl }) => baseUrl))].join(', ')
  const admin = variables.ADMIN_TOKEN ? 'from ADMIN_TOKEN' : `in ${join(state, 'admin-token')}`
  return `
dashscope-edge listens on ${address}

  Playground   ${address}/console/#/play?key=${key}
  Operator     ${address}/console/#/overview?session=${session}
  DashScope    ${upstream}
  Client key   ${key}
  Admin token  ${admin}

Try it:

${firstRequest(address, key)}

For a stream, add: ${STREAM_OPTIONS}
Stop with Ctrl-C.
`
}
