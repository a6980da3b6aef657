import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, it } from 'vitest'
import { ask, CHAT, chatBody } from '../../harness/caller.ts'
import { type SharedGateway, sharedGateway } from '../../harness/shared-gateway.ts'

const SLOWLY_MS = 3000

let gateway: SharedGateway
beforeAll(async () => {
  gateway = await sharedGateway()
})

/** Sends half of a body at once and the rest SLOWLY_MS later; returns the status of the answer. */
async function askSlowly(key: string, body: string): Promise<number | undefined> {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const request = httpRequest(gateway.address + CHAT, { method: 'POST', agent: false, headers })
  const status = new Promise<number | undefined>((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    })
  })
  request.write(body.slice(0, 10))
  await sleep(SLOWLY_MS)
  request.end(body.slice(10))
  return status
}

it('A request counts from the moment it goes upstream, not from the start of its body.', async () => {
  const { key } = await gateway.issueKey({ limits: { requests_per_minute: 1 } })
  expect(await askSlowly(key, JSON.stringify(chatBody('qwen-plus', 'slowly')))).toBe(200)
  const next = await ask({ address: gateway.address, key, path: CHAT, body: chatBody('qwen-plus', 'next') })
  expect(next.status).toBe(429)
  // Of the minute that it has to wait, less has passed than the body took.
  expect(Number(next.headers.get('retry-after'))).toBeGreaterThan(60 - SLOWLY_MS / 1000)
})
