import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TaskCharge } from '../../src/meter/metering.ts'
import { until } from '../harness/caller.ts'
import { json, type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'
import { caller, type MeterRig, startMeterRig, usage, usageRows } from './rig.ts'

const MINUTE_MS = 60_000
const RESPONSES = '/api/v2/apps/agent/app-1/compatible-mode/v1/responses'

let upstream: PlainUpstream
let rig: MeterRig

beforeAll(async () => {
  upstream = await startPlainUpstream()
  rig = await startMeterRig({ DASHSCOPE_BASE_URL: upstream.address })
})
afterAll(async () => {
  await rig.stop()
  await upstream.stop()
})

async function post(path: string, body: object): Promise<{ alarmMs: number | null }> {
  const response = await fetch(rig.address() + path, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return response.json() as never
}

/** A key that has submitted a task with an estimate of 1,000 tokens. */
async function submitted(task: string, path: string): Promise<{ key: string; nowMs: number }> {
  const principal = caller({ tokens_per_day: 10_000 })
  const nowMs = Date.now()
  const request = `request of ${task}`
  await rig.reserve(principal, { id: request, nowMs, tokens: 1000 })
  const charge: TaskCharge = {
    atMs: nowMs,
    model: 'qwen-plus',
    user: '',
    endpoint: 'app-responses',
    region: 'beijing',
    usage: { ...usage(400, 600), estimated: true },
    money: 1000,
    unrecorded: request,
    lookUp: { home: 'beijing', path, meters: [principal.keyId] },
  }
  await post('/charge', { name: principal.keyId, task, charge })
  return { key: principal.keyId, nowMs }
}

/** Has a meter look itself through after some minutes. */
const afterMinutes = (key: string, nowMs: number, minutes: number) =>
  post('/meter', { name: key, tidyMs: nowMs + minutes * MINUTE_MS })

const today = (key: string) => {
  const day = new Date().toISOString().slice(0, 10)
  return usageRows(rig, key, `from=${day}&to=${day}&group_by=key`)
}

const looks = (path: string) => upstream.seen.filter(({ target }) => target === path).length

it.each([
  [
    'task',
    '/api/v1/tasks/t-1',
    '{"output":{"task_status":"SUCCEEDED"},"usage":{"input_tokens":30,"output_tokens":12}}',
  ],
  [
    'background response',
    `${RESPONSES}/resp_1`,
    '{"id":"resp_1","status":"completed","usage":{"input_tokens":30,"output_tokens":12}}',
  ],
])(
  'The charge of a %s is corrected after ten minutes even if no caller asks for it.',
  async (_, path, body) => {
    upstream.answer(json(body))
    const { key, nowMs } = await submitted(path.split('/').at(-1) ?? '', path)
    await until('it wakes after ten minutes', async () => {
      const { alarmMs } = await post('/meter', { name: key })
      return alarmMs !== null && alarmMs - nowMs <= 10 * MINUTE_MS
    })
    await afterMinutes(key, nowMs, 9)
    expect(looks(path)).toBe(0)
    await afterMinutes(key, nowMs, 11)
    await until('it is corrected', async () => (await today(key))[0]?.input_tokens === 30)
    expect(await today(key)).toMatchObject([
      { requests: 1, estimated: 0, input_tokens: 30, output_tokens: 12 },
    ])
    // It is settled, so it is not looked up again.
    await afterMinutes(key, nowMs, 60)
    expect(looks(path)).toBe(1)
  },
)

it('A task that DashScope does not know any more keeps its estimate.', async () => {
  upstream.answer(json('{"output":{"task_status":"UNKNOWN"}}'))
  const { key, nowMs } = await submitted('t-2', '/api/v1/tasks/t-2')
  await afterMinutes(key, nowMs, 11)
  await until('it is looked up', () => looks('/api/v1/tasks/t-2') === 1)
  expect(await today(key)).toEqual([])
})
