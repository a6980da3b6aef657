import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startReceiver } from '../../emulator/stand-ins/receiver.ts'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator } from '../../scripts/workers.ts'
import type { JobRecord } from '../../src/jobs/job.ts'
import { startKillableGateway } from '../harness/killable-gateway.ts'

/**
 * `npm run chaos`: jobs of all kinds, a gateway that is killed with -9 about every ten seconds, and receivers that fail half
 * the time. At the end every job that was answered with 202 has to be delivered or dead, and every task submitted once.
 */

const ADMIN_TOKEN = 'admin-token-of-the-chaos-run'
const CHAT = '/compatible-mode/v1/chat/completions'
const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'

/** After the last kill, jobs have this long to end. */
const PATIENCE_MS = 120_000

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } })
const endMs = Date.now() + Number(values.minutes) * 60_000

const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-chaos-'))
const [gatewayModule, emulatorModule] = await Promise.all([
  bundle('src/index.ts', join(directory, 'gateway')),
  bundle('emulator/index.ts', join(directory, 'emulator')),
])
const emulator = await startEmulator(emulatorModule, 0)
const receiver = await startReceiver()
const apiKey = `sk-${randomUUID()}`
const gateway = await startKillableGateway(gatewayModule, join(directory, 'state'), {
  DASHSCOPE_API_KEY: apiKey,
  DASHSCOPE_BASE_URL: emulator.address,
  ADMIN_TOKEN,
  WEBHOOK_ALLOW_LOOPBACK: 'on',
  WEBHOOK_RETRIES: '1,1,2,2,3,3,5',
  WEBHOOK_TIMEOUT_MS: '1000',
})
const issued = await ask('POST', '/edge/keys', { name: 'chaos', jobs: { open: 10_000 } }, ADMIN_TOKEN)
const { key } = (await issued.json()) as { key: string }

/** Every job that a caller was promised, by its id. */
const promised = new Map<string, string>()
let kills = 0
let refused = 0

const killing = (async () => {
  while (Date.now() < endMs - 5000) {
    await sleep(6000 + Math.random() * 8000)
    await gateway.kill()
    kills++
    await gateway.start()
  }
})()
for (let number = 0; Date.now() < endMs; number++) {
  await submit(number).catch(() => refused++)
  await sleep(100 + Math.random() * 200)
}
await killing

const untilMs = Date.now() + PATIENCE_MS
let left = [...promised.keys()]
while (left.length > 0 && Date.now() < untilMs) {
  await sleep(1000)
  const states = await Promise.all(left.map(async (id) => [id, await webhookOf(id)] as const))
  left = states.filter(([, status]) => status !== 'delivered' && status !== 'dead').map(([id]) => id)
}
const { calls, repeated } = await countCalls()
const sent = receiver.received().map(({ headers }) => headers['webhook-id'] ?? '')
const missing = [...promised.keys()].filter((id) => !sent.some((message) => message.includes(id)))
console.log(
  JSON.stringify({
    minutes: Number(values.minutes),
    kills,
    promised: promised.size,
    refused,
    unfinished: left.length,
    neverSent: missing.length,
    messages: sent.length,
    calls,
    repeatedCalls: repeated,
  }),
)
await gateway.kill()
await emulator.stop()
await receiver.stop()
await rm(directory, { recursive: true, force: true })
// A call that a kill cuts short is made again; more repetitions than that would be a fault.
const isGood = left.length === 0 && missing.length === 0 && promised.size > 0 && repeated <= kills * 10
console.log(isGood ? 'Every job was delivered or is among the dead letters.' : 'Jobs were lost.')
process.exitCode = isGood ? 0 : 1

function ask(
  method: string,
  path: string,
  body?: unknown,
  credential = key,
  headers: Record<string, string> = {},
) {
  return fetch(gateway.address + path, {
    method,
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  })
}

/** One of the kinds of jobs: quick, slow, one that streams only, a task of the caller's, a task of the job's own. */
async function submit(number: number): Promise<void> {
  const name = `chaos-${number}`
  const hook = { 'x-edge-webhook': `${receiver.address}/half/${number}` }
  const prefer = { prefer: 'respond-async' }
  const model = ['qwen-plus', 'fault-slow-1500', 'qwq-plus'][number % 5]
  const image = {
    model: number % 2 ? 'fault-task-pending-2000' : 'wanx2.1-t2i-turbo',
    input: { prompt: name },
  }
  const asTask = { 'x-dashscope-async': 'enable' }
  let response: Response
  if (model) {
    const body = { model, messages: [{ role: 'user', content: name }] }
    response = await ask('POST', CHAT, body, key, { ...prefer, ...hook })
  } else if (number % 5 === 3) response = await ask('POST', IMAGE, image, key, { ...asTask, ...hook })
  else {
    const request = { path: IMAGE, headers: asTask, body: image }
    response = await ask('POST', '/edge/jobs', { request, webhook: hook['x-edge-webhook'] })
  }
  const id = response.headers.get('x-edge-job') ?? response.headers.get('location')?.split('/').at(-1)
  await response.text()
  if (id && response.status < 300) promised.set(id, name)
  else refused++
}

async function webhookOf(id: string): Promise<string | undefined> {
  const response = await ask('GET', `/edge/jobs/${id}`).catch(() => undefined)
  const job = response?.ok ? ((await response.json()) as JobRecord) : undefined
  return job?.webhook?.status
}

/** Calls of promised jobs at DashScope, and how many of them repeat an earlier one. */
async function countCalls(): Promise<{ calls: number; repeated: number }> {
  const response = await fetch(`${emulator.address}/emulator/calls`, {
    headers: { authorization: `Bearer ${apiKey}` },
  })
  const seen = ((await response.json()) as { method: string; body: string }[]).filter(
    ({ method }) => method === 'POST',
  )
  const names = seen.flatMap(({ body }) => /chaos-\d+/.exec(body)?.[0] ?? [])
  return { calls: names.length, repeated: names.length - new Set(names).size }
}
