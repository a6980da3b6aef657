import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { json } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { isEvent, openSocket } from './socket.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ REALTIME_SLICE_SECONDS: '1' })
})
afterAll(() => gateway.stop())

/** Keeps a session open for several slices. */
async function converse(credential: string): Promise<void> {
  const socket = await openSocket(`${gateway.address}/api-ws/v1/realtime?model=qwen3-omni-flash-realtime`, {
    headers: { authorization: `Bearer ${credential}` },
  })
  await socket.until(isEvent('session.created'))
  await sleep(3500)
  socket.close()
  await socket.closed
}

function chat(credential: string): Promise<Response> {
  return fetch(`${gateway.address}/compatible-mode/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'qwen-plus', messages: [{ role: 'user', content: 'Hello' }] }),
  })
}

it('A session that was renewed takes one request of a minute.', async () => {
  const { key } = await gateway.issueKey({ limits: { requests_per_minute: 2, tokens_per_day: 100_000 } })
  await converse(key)
  expect((await chat(key)).status).toBe(200)
  expect((await chat(key)).status).toBe(429)
})

it('A session that was renewed takes one request of the budget of its token.', async () => {
  const { key } = await gateway.issueKey()
  const response = await fetch(`${gateway.address}/edge/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ budget: { requests: 2, tokens: 100_000 } }),
  })
  const { token } = await json<{ token: string }>(response)
  await converse(token)
  expect((await chat(token)).status).toBe(200)
  expect((await chat(token)).status).toBe(429)
})
