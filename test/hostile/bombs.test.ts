import { expect, it } from 'vitest'
import { ask, TEXT } from '../harness/caller.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'

const rig = useOwnGateway()

const around = (bomb: string) => `{"model":"qwen-plus","input":{"prompt":"hello"},"x":${bomb}}`

it.each([
  ['300,000 numbers', `[${'0,'.repeat(299_999)}0]`],
  ['250,000 empty objects', `[${'{},'.repeat(249_999)}{}]`],
  ['150,000 keys', `{${Array.from({ length: 150_000 }, (_, index) => `"${index}":0`).join(',')}}`],
  ['200,000 levels', '['.repeat(200_000) + ']'.repeat(200_000)],
])('hostile: A body that would fill the memory is refused before it is parsed (%s)', async (_, bomb) => {
  const response = await ask({ address: rig.gateway.address, key: rig.key, path: TEXT, body: around(bomb) })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    message: expect.stringMatching(/more than 200000 values, or nests/),
  })
  expect(await rig.gateway.calls()).toEqual([])
})

it('A large body of one text passes.', async () => {
  const response = await ask({
    address: rig.gateway.address,
    key: rig.key,
    path: TEXT,
    body: around(`"${'[{,'.repeat(500_000)}"`),
  })
  expect(response.status).toBe(200)
})

it.each([
  ['application/json; charset=gbk', 415],
  ['application/json; charset=utf-16', 415],
  ['application/json; charset="UTF-8"', 200],
  ['application/json;charset=utf8', 200],
  ['application/json;charset=us-ascii', 200],
  ['application/json, application/json', 200],
  ['application/json, text/plain', 415],
])('A body with the content type %s gets %d', async (type, status) => {
  const headers = { 'content-type': type }
  const response = await ask({
    address: rig.gateway.address,
    key: rig.key,
    path: TEXT,
    headers,
    body: around('1'),
  })
  expect(response.status).toBe(status)
})
