import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTargets } from '../src/relay/targets.ts'
import { bundle } from './bundle.ts'
import { faultsOf } from './edge/doctor.ts'
import { type Ending, endWhenTold } from './ending.ts'
import { firstRequest, STREAM_OPTIONS } from './first-request.ts'
import { countKeys, issueKey, keyIsKnown, makeAdminToken } from './operator.ts'
import { explained, requireFreePort } from './port.ts'
import { loadEnvFiles, readSettings, type Settings, variablesOfEveryRegion } from './settings.ts'
import { recall, remember } from './state.ts'
import { type RunningWorker, startEmulator, startGateway } from './workers.ts'

/** The emulator takes every key that looks like one of DashScope's. */
const EMULATED_API_KEY = 'sk-emulated'

/** Where keys, cached answers and meters outlive a restart; the variable is for whoever runs more than one gateway. */
const STATE_DIRECTORY = process.env.EDGE_STATE_DIRECTORY || '.wrangler/state/edge'

/** As in `wrangler.toml`. */
const REFUSALS_PER_MINUTE = 100

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

/** Asking for the list of keys makes the gateway read its variables, and say now which of them is wrong. */
async function start({ port, emulated, variables }: Settings, ending: Ending): Promise<void> {
  await requireFreePort(port)
  const modules = await bundleBoth(emulated, ending)
  const adminToken = variables.ADMIN_TOKEN ?? (await ownAdminToken())
  const upstream = emulated ? await ready(startEmulator(modules.emulator, 0), ending) : ''
  const gateway = startGateway(modules.gateway, {
    port,
    variables: {
      ...variables,
      ...(emulated && variablesOfEveryRegion(upstream, EMULATED_API_KEY)),
      ADMIN_TOKEN: adminToken,
    },
    persist: STATE_DIRECTORY,
    refusalsPerMinute: REFUSALS_PER_MINUTE,
  })
  const address = await ready(gateway, ending).catch((error) => {
    throw explained(port, error)
  })
  await countKeys(address, adminToken)
  const key = await workingKey(address, adminToken)
  console.log(greeting(address, key, emulated, variables))
  const faults = emulated ? '' : await faultsOf({ address, adminToken })
  if (faults) console.log(faults)
}

/** Both at once: a bundle takes seconds, nearly all of them to start the bundler. */
async function bundleBoth(emulated: boolean, { signal, stops }: Ending) {
  const directory = mkdtempSync(join(tmpdir(), 'dashscope-edge-'))
  const bundles = [
    bundle('wrangler.toml', join(directory, 'gateway'), signal),
    emulated ? bundle('emulator/wrangler.toml', join(directory, 'emulator'), signal) : '',
  ]
  stops.push(async () => {
    await Promise.allSettled(bundles)
    await rm(directory, { recursive: true, force: true })
  })
  const [gateway = '', emulator = ''] = await Promise.all(bundles)
  return { gateway, emulator }
}

/** Where a Worker answers, once it does. */
async function ready(starting: Promise<RunningWorker>, { stops, takeSignals }: Ending): Promise<string> {
  takeSignals()
  const { address, stop } = await starting
  stops.push(stop)
  return address
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
