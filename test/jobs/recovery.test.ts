import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { type Receiver, startReceiver } from '../../emulator/stand-ins/receiver.ts'
import type { JobRecord } from '../../src/jobs/job.ts'
import { CHAT, chatBody, json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { type KillableGateway, startKillableGateway } from '../harness/killable-gateway.ts'

const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'
const apiKey = `sk-${randomUUID()}`

let directory: string
let receiver: Receiver
let gateway: KillableGateway
let key: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  receiver = await startReceiver()
  gateway = await startKillableGateway(inject('gatewayModule'), directory, {
    DASHSCOPE_API_KEY: apiKey,
    DASHSCOPE_BASE_URL: inject('emulatorAddress'),
    ADMIN_TOKEN,
    WEBHOOK_ALLOW_LOOPBACK: 'on',
    WEBHOOK_RETRIES: '2,2,2',
    WEBHOOK_TIMEOUT_MS: '1000',
  })
  const issued = await ask('POST', '/edge/keys', { name: 'test' }, ADMIN_TOKEN)
  key = (await json<{ key: string }>(issued)).key
})
afterAll(async () => {
  await gateway.kill()
  await receiver.stop()
  await rm(directory, { recursive: true, force: true })
})

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
  })
}

async function submit(model: string, path: string): Promise<string> {
  const headers = { prefer: 'respond-async', 'x-edge-webhook': receiver.address + path }
  const response = await ask('POST', CHAT, chatBody(model, '1+1'), key, headers)
  expect(response.status).toBe(202)
  return (await json<JobRecord>(response)).id
}

async function finish(id: string): Promise<JobRecord> {
  for (let tries = 0; tries < 400; tries++) {
    const job = await json<JobRecord>(await ask('GET', `/edge/jobs/${id}`))
    if (job.webhook?.status === 'delivered' || job.webhook?.status === 'dead') return job
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`Job ${id} was not finished within 40 seconds.`)
}

async function restart(): Promise<void> {
  await gateway.kill()
  await gateway.start()
}

it('test 5: Jobs survive kill -9 after the 202, in the call, in a retry and while a task runs.', {
  timeout: 120_000,
}, async () => {
  const finished = await submit('qwen-plus', '/finished')
  await finish(finished)

  const inRetry = await submit('qwen-plus', '/flaky/retry')
  const inCall = await submit('fault-slow-2500', '/in-call')
  const task = await ask(
    'POST',
    IMAGE,
    { model: 'fault-task-pending-3000', input: { prompt: 'a cat' } },
    key,
    {
      'x-dashscope-async': 'enable',
      'x-edge-webhook': `${receiver.address}/task`,
    },
  )
  const inTask = task.headers.get('x-edge-job') ?? ''
  expect(inTask).toMatch(/^job_/)
  await new Promise((resolve) => setTimeout(resolve, 700))
  const justAccepted = await submit('qwen-plus', '/just-accepted')
  await restart()
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await restart()

  for (const id of [inRetry, inCall, inTask, justAccepted]) {
    expect(await finish(id), id).toMatchObject({ status: 'succeeded', webhook: { status: 'delivered' } })
  }
  // What was finished before the first kill is not sent again.
  expect(receiver.received('/finished')).toHaveLength(1)
  const ids = receiver.received('/flaky/retry').map(({ headers }) => headers['webhook-id'])
  expect(new Set(ids).size).toBe(1)

  const calls = await fetch(`${inject('emulatorAddress')}/emulator/calls`, {
    headers: { authorization: `Bearer ${apiKey}` },
  })
  const seen = await json<{ path: string; body: string }[]>(calls)
  // A call that a kill cuts short is made again: once for each kill, and no other call is.
  expect(seen.filter(({ body }) => body.includes('fault-slow')).length).toBeLessThanOrEqual(3)
  expect(seen.filter(({ path }) => path === IMAGE)).toHaveLength(1)
})

it('test 5: A message that was taken, but whose answer a kill has cut off, comes again with the same id.', {
  timeout: 120_000,
}, async () => {
  const id = await submit('qwen-plus', '/hold/between')
  const taken = () => receiver.received('/hold/between')
  await until('the receiver has the message', () => taken().length === 1)
  await restart()
  expect(await finish(id)).toMatchObject({ webhook: { status: 'delivered' } })
  expect(taken().map(({ headers }) => headers['webhook-id'])).toEqual(
    taken().map(() => `msg_${id}_job.succeeded`),
  )
  expect(taken().length).toBeGreaterThan(1)
})
