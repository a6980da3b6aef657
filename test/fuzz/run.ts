import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator, startGateway } from '../../scripts/workers.ts'
import { fire, type Shot, type Target } from './fire.ts'
import { NAMED_ORIGIN } from './headers.ts'
import { describeShot, describeStatuses } from './report.ts'
import { fillWorld } from './world.ts'

const DEFAULT_COUNT = 100_000
const PROGRESS_EVERY = 5000
/** A key whose responses name the model, which callers choose. */
const RENAMING = { name: 'renaming', aliases: { 'gpt-4o': 'qwen-plus' } }

/** More would only repeat the same fault. */
const MAX_FAULTS_SHOWN = 20

const { values } = parseArgs({
  options: { seed: { type: 'string' }, count: { type: 'string' }, only: { type: 'string' } },
})
const seed = wholeNumber('seed', values.seed, Date.now() % 2 ** 32)
const count = wholeNumber('count', values.count, DEFAULT_COUNT)
const only = values.only === undefined ? undefined : wholeNumber('only', values.only, 0)

// The gateway's log has a line for each request; here only the answers count.
const { log } = console
console.log = () => undefined
console.error = () => undefined

const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-fuzz-'))
const stops: (() => Promise<void>)[] = []
try {
  process.exitCode = await run(await startTarget())
} finally {
  for (const stop of stops.reverse()) await stop()
  await rm(directory, { recursive: true, force: true })
}

async function run(target: Target): Promise<number> {
  const statuses = new Map<string, number>()
  const faulty: Shot[] = []
  let done = 0
  const startMs = Date.now()
  log(`Seed ${seed}: ${only === undefined ? `${count} cases` : `case ${only}`} against ${target.address}.`)
  await fire(target, seed, only === undefined ? Array(count).keys() : [only], (shot) => {
    done++
    const status = shot.outcome.kind === 'answered' ? String(shot.outcome.status) : 'none'
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (shot.faults.length > 0) faulty.push(shot)
    if (only !== undefined || (shot.faults.length > 0 && faulty.length <= MAX_FAULTS_SHOWN))
      log(describeShot(shot, seed))
    if (done % PROGRESS_EVERY === 0)
      log(`${done} of ${count}, ${Math.round((Date.now() - startMs) / 1000)} s, ${faulty.length} faults.`)
  })
  const health = await fetch(`${target.address}/edge/health`)
  log(`Statuses: ${describeStatuses(statuses)}.`)
  log(`${done} cases, ${faulty.length} faults; the gateway's health afterwards: ${health.status}.`)
  return faulty.length === 0 && health.status === 200 ? 0 : 1
}

async function startTarget(): Promise<Target> {
  const [gatewayModule, emulatorModule] = await Promise.all([
    bundle('src/index.ts', join(directory, 'gateway')),
    bundle('emulator/index.ts', join(directory, 'emulator')),
  ])
  const emulator = await startEmulator(emulatorModule, 0)
  stops.push(emulator.stop)
  const secrets = { apiKey: `sk-${crypto.randomUUID()}`, adminToken: crypto.randomUUID() }
  const gateway = await startGateway(gatewayModule, {
    port: 0,
    variables: {
      DASHSCOPE_API_KEY: secrets.apiKey,
      DASHSCOPE_BASE_URL: emulator.address,
      ADMIN_TOKEN: secrets.adminToken,
      ALLOWED_ORIGINS: NAMED_ORIGIN,
    },
  })
  stops.push(gateway.stop)
  const keys: [string, string] = [
    await issueKey(gateway.address, secrets.adminToken, { name: 'fuzz' }),
    await issueKey(gateway.address, secrets.adminToken, RENAMING),
  ]
  return { address: gateway.address, world: await fillWorld(gateway.address, keys), secrets }
}

async function issueKey(address: string, adminToken: string, fields: object): Promise<string> {
  const response = await fetch(`${address}/edge/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  })
  if (response.status !== 201) throw new Error(`No key was issued: ${await response.text()}`)
  return ((await response.json()) as { key: string }).key
}

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  const number = text === undefined ? fallback : Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new Error(`--${name} must be a whole number, as in --${name} 1000.`)
}
