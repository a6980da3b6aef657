import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import type { JobRecord } from '../../src/jobs/job.ts'
import { json } from '../harness/caller.ts'
import { ADMIN_TOKEN, type EmulatorCall } from '../harness/gateway.ts'
import { type KillableGateway, startKillableGateway } from '../harness/killable-gateway.ts'

const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'
const QPS = 20
const TASKS = 300

/** Submits under way at once. */
const CALLERS = 10

const apiKey = `sk-${randomUUID()}`
const body = JSON.stringify({ model: 'wanx2.1-t2i-turbo', input: { prompt: 'a cat' } })

let directory: string
let gateway: KillableGateway
let headers: Record<string, string>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  gateway = await startKillableGateway(inject('gatewayModule'), directory, {
    DASHSCOPE_API_KEY: apiKey,
    DASHSCOPE_BASE_URL: inject('emulatorAddress'),
    ADMIN_TOKEN,
    TASK_POLL_QPS: String(QPS),
  })
  const issued = await fetch(`${gateway.address}/edge/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'test', jobs: { open: TASKS } }),
  })
  const { key } = await json<{ key: string }>(issued)
  headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
})
afterAll(async () => {
  await gateway.kill()
  await rm(directory, { recursive: true, force: true })
})

async function submitAll(): Promise<void> {
  const asked = { ...headers, 'x-dashscope-async': 'enable', prefer: 'respond-async' }
  let left = TASKS
  const submit = async () => {
    while (left-- > 0) {
      const response = await fetch(gateway.address + IMAGE, { method: 'POST', headers: asked, body })
      expect(response.headers.get('x-edge-job')).toMatch(/^job_/)
      await response.body?.cancel()
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, submit))
}

/** When the emulator was asked for which task. */
async function lookUps(): Promise<{ task: string; at: number }[]> {
  const response = await fetch(`${inject('emulatorAddress')}/emulator/calls`, {
    headers: { authorization: `Bearer ${apiKey}` },
  })
  const calls = await json<EmulatorCall[]>(response)
  return calls
    .filter(({ method, path }) => method === 'GET' && path.startsWith('/api/v1/tasks/'))
    .map(({ path, at }) => ({ task: path.split('/').at(-1) ?? '', at }))
}

/** The most of these moments that lie within any one second. */
function mostInASecond(moments: readonly number[]): number {
  const counts = moments.map((from) => moments.filter((at) => at >= from && at < from + 1000).length)
  return Math.max(0, ...counts)
}

async function countEnded(cursor = ''): Promise<number> {
  const query = `status=succeeded&limit=100${cursor && `&cursor=${cursor}`}`
  const response = await fetch(`${gateway.address}/edge/jobs?${query}`, { headers })
  const { data, next } = await json<{ data: JobRecord[]; next: string | null }>(response)
  return data.length + (next === null ? 0 : await countEnded(next))
}

it('Acceptance test 8: 300 tasks are looked up at the allowed rate, and at no more than twice that over a crash.', {
  timeout: 90_000,
}, async () => {
  await submitAll()
  while ((await lookUps()).length < TASKS / 2) await sleep(200)
  await gateway.kill()
  const crashMs = Date.now()
  await gateway.start()
  while ((await countEnded()) < TASKS) await sleep(300)

  const seen = await lookUps()
  expect(new Set(seen.map(({ task }) => task)).size).toBe(TASKS)
  const moments = seen.map(({ at }) => at)
  expect(mostInASecond(moments.filter((at) => at <= crashMs))).toBeLessThanOrEqual(QPS)
  expect(mostInASecond(moments.filter((at) => at > crashMs))).toBeLessThanOrEqual(QPS)
  expect(mostInASecond(moments)).toBeLessThanOrEqual(2 * QPS)
  // A crash repeats only the lookups that it has cut short.
  expect(seen.length).toBeLessThanOrEqual(TASKS + QPS)
})
