import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { type RunningFront, startFront } from '../emulator/front.ts'
import { json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { type KillableGateway, startKillableGateway } from '../harness/killable-gateway.ts'
import { BOUNDARY, FILES, form, line, part } from './upload-rig.ts'

const BATCHES = '/compatible-mode/v1/batches'
const TYPE = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
const apiKey = `sk-${randomUUID()}`

let directory: string
let front: RunningFront
let gateway: KillableGateway
let id: string
let key: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  front = await startFront(inject('emulatorAddress'))
  gateway = await startKillableGateway(inject('gatewayModule'), directory, {
    DASHSCOPE_API_KEY: apiKey,
    DASHSCOPE_BASE_URL: front.address,
    ADMIN_TOKEN,
  })
  const body = JSON.stringify({ name: 'test', limits: { tokens_per_day: 1_000_000 } })
  const issued = await ask('POST', '/edge/keys', body, { 'content-type': 'application/json' }, ADMIN_TOKEN)
  ;({ id, key } = await json<{ id: string; key: string }>(issued))
})
afterAll(async () => {
  await gateway.kill()
  await front.stop()
  await rm(directory, { recursive: true, force: true })
})

function ask(
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  credential = key,
): Promise<Response> {
  const sent = { authorization: `Bearer ${credential}`, ...headers }
  return fetch(gateway.address + path, { method, headers: sent, ...(body !== undefined && { body }) })
}

async function restart(): Promise<void> {
  await gateway.kill()
  await gateway.start()
}

async function total(): Promise<Record<string, number>> {
  const response = await ask('GET', `/edge/usage?key=${id}`, undefined, {}, ADMIN_TOKEN)
  return (await json<{ total: Record<string, number> }>(response)).total
}

async function filesOf(credential: string): Promise<number> {
  const list = await ask('GET', FILES, undefined, {}, credential)
  return (await json<{ data: unknown[] }>(list)).data.length
}

/** A file of requests. */
const upload = (lines: string) => form(part('purpose', 'batch'), part('file', lines, 'requests.jsonl'))
const LINES = Array.from({ length: 20 }, (_, index) => line(String(index))).join('')

it('An upload that a kill interrupts leaves no file, and can be repeated.', async () => {
  // The gateway reads 256 KiB at a time.
  const whole = upload(line('long', { user: 'x'.repeat(1024 * 1024) }))
  const headers = { authorization: `Bearer ${key}`, ...TYPE, 'content-length': String(whole.length) }
  const interrupted = request(gateway.address + FILES, { method: 'POST', headers })
  interrupted.on('error', () => undefined)
  const before = front.received()
  interrupted.write(whole.slice(0, whole.length / 2))
  await until('DashScope has a part of the file', () => front.received() > before + 100_000)
  await restart()
  expect(await filesOf(key)).toBe(0)
  expect((await ask('POST', FILES, whole, TYPE)).status).toBe(200)
  expect(await filesOf(key)).toBe(1)
})

it('P9: A batch is billed exactly once from its output, whenever a kill comes.', async () => {
  const file = await json<{ id: string }>(await ask('POST', FILES, upload(LINES), TYPE))
  const asked = { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' }
  const as = { 'content-type': 'application/json' }
  const made = await json<{ id: string }>(await ask('POST', BATCHES, JSON.stringify(asked), as))
  await restart()
  // No client asks for the batch: the gateway finds its end by itself, and may be killed while it reads the output.
  await until('the batch is billed', async () => {
    const { money = 0, estimated } = await total()
    return money > 0 && estimated === 0
  })
  const billed = await total()
  await restart()
  const batch = await json<{ output_file_id: string }>(await ask('GET', `${BATCHES}/${made.id}`))
  const output = await (await ask('GET', `${FILES}/${batch.output_file_id}/content`)).text()
  const used = output
    .trim()
    .split('\n')
    .map((each) => JSON.parse(each).response.body.usage.total_tokens as number)
  expect(used).toHaveLength(20)
  const sum = used.reduce((total, tokens) => total + tokens, 0)
  const { input_tokens = 0, output_tokens = 0, money } = await total()
  expect(input_tokens + output_tokens).toBe(sum)
  expect(money).toBe(billed.money)
  const { limits_left } = await json<{ limits_left: { remaining: number }[] }>(await ask('GET', '/edge/me'))
  expect(limits_left[0]?.remaining).toBe(1_000_000 - sum)
})
