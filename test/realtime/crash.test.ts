import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { type KillableGateway, startKillableGateway } from '../harness/killable-gateway.ts'
import { isEvent, openSocket } from './socket.ts'

const OMNI = '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'
const TOKENS_PER_DAY = 10_000
const SLICE_SECONDS = 1

let directory: string
let gateway: KillableGateway

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  gateway = await startKillableGateway(inject('gatewayModule'), directory, {
    DASHSCOPE_API_KEY: `sk-${randomUUID()}`,
    DASHSCOPE_BASE_URL: inject('emulatorAddress'),
    ADMIN_TOKEN,
    REALTIME_SLICE_SECONDS: String(SLICE_SECONDS),
  })
})
afterAll(async () => {
  await gateway.kill()
  await rm(directory, { recursive: true, force: true })
})

interface Limit {
  name: string
  remaining: number
}

async function remaining(key: string, name: string): Promise<number> {
  const response = await fetch(`${gateway.address}/edge/me`, { headers: { authorization: `Bearer ${key}` } })
  const { limits_left } = await json<{ limits_left: Limit[] }>(response)
  return limits_left.find((limit) => limit.name === name)?.remaining ?? Number.NaN
}

const connect = (key: string) =>
  openSocket(gateway.address + OMNI, { headers: { authorization: `Bearer ${key}` } })

describe('a gateway that is killed in a session', () => {
  it('Acceptance test A5: The usage is charged, and the place of the session is free again.', async () => {
    const issued = await fetch(`${gateway.address}/edge/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'test',
        limits: { tokens_per_day: TOKENS_PER_DAY, requests_in_flight: 1 },
      }),
    })
    const { key } = await json<{ key: string }>(issued)
    const session = await connect(key)
    await session.until(isEvent('session.created'))
    const content = [{ type: 'input_text', text: 'word '.repeat(400) }]
    session.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
    session.send({ type: 'response.create' })
    const done = (await session.until(isEvent('response.done'))).response as {
      usage: { total_tokens: number }
    }
    const used = done.usage.total_tokens
    await until(
      'a renewal has charged it',
      async () => (await remaining(key, 'tokens_per_day')) <= TOKENS_PER_DAY - used,
    )
    await gateway.kill()
    expect((await session.closed).code).toBe(1006)
    await gateway.start()
    expect(await remaining(key, 'tokens_per_day')).toBeLessThanOrEqual(TOKENS_PER_DAY - used)
    await until('the place is free', async () => {
      const next = await connect(key)
      const first = await next.until((message) => typeof message.type === 'string')
      next.close()
      return isEvent('session.created')(first)
    })
  })
})
