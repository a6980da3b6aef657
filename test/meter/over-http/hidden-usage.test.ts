import { beforeAll, describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, json, until } from '../../harness/caller.ts'
import { type SharedGateway, sharedGateway } from '../../harness/shared-gateway.ts'
import { askWhole, mintToken, usageReport } from './rig.ts'

let gateway: SharedGateway

beforeAll(async () => {
  gateway = await sharedGateway()
})

async function stream(policy: Record<string, unknown>, more: object = {}) {
  const { id, key } = await gateway.issueKey(policy)
  const body = chatBody('qwen-plus', 'hello', { stream: true, ...more })
  const read = await askWhole({ address: gateway.address, key, path: CHAT, body })
  return { id, text: withoutIds(read.text) }
}

function withoutIds(text: string): string {
  return text.replace(/"(?:id|created)":(?:"[^"]*"|\d+)/g, '"-"')
}

async function total(id: string) {
  await until('it is settled', async () => (await usageReport(gateway, `key=${id}`)).total.requests === 1)
  return (await usageReport(gateway, `key=${id}`)).total
}

describe('a chat stream without stream_options', () => {
  it.each([
    ['tokens', { limits: { tokens_per_day: 1e6 } }],
    ['money', { limits: { money_per_month: 100 } }],
  ])(
    'The stream is counted exactly if %s are limited, and looks as if the gateway had not asked.',
    async (_, policy) => {
      const plain = await stream({})
      const { id, text } = await stream(policy)
      expect(text).toBe(plain.text)
      expect(text).not.toContain('"usage":{')
      expect(await total(id)).toMatchObject({ estimated: 0, output_tokens: 9 })
    },
  )

  it('The stream is counted exactly if a session token has a budget of tokens, and looks the same.', async () => {
    const plain = await stream({})
    const { id, key } = await gateway.issueKey({})
    const token = await mintToken(gateway, key, { budget: { tokens: 1e6 } })
    const body = chatBody('qwen-plus', 'hello', { stream: true })
    const { text } = await askWhole({ address: gateway.address, key: token, path: CHAT, body })
    expect(withoutIds(text)).toBe(plain.text)
    expect(await total(id)).toMatchObject({ estimated: 0, output_tokens: 9 })
  })

  it.each([
    ['the key', { limits: { tokens_per_day: 5000 } }, {}],
    ['the end user', { user_limits: { tokens_per_day: 5000 } }, {}],
    ['the session token', {}, { budget: { tokens: 5000 } }],
  ])(
    'A document that may be longer than the limit of %s never reaches DashScope.',
    async (_, policy, asked) => {
      const { key } = await gateway.issueKey(policy)
      const form = new FormData()
      form.set('purpose', 'file-extract')
      form.set('file', new Blob(['a long text']), 'long.txt')
      const token = await mintToken(gateway, key, { user: 'ann', ...asked })
      const headers = { authorization: `Bearer ${token}` }
      const uploaded = await fetch(`${gateway.address}/compatible-mode/v1/files`, {
        method: 'POST',
        headers,
        body: form,
      })
      const { id } = await json<{ id: string }>(uploaded)
      const messages = [
        { role: 'system', content: `fileid://${id}` },
        { role: 'user', content: 'What is it?' },
      ]
      const body = { model: 'qwen-long', stream: true, messages }
      const response = await ask({ address: gateway.address, key: token, path: CHAT, body })
      expect([
        response.status,
        response.headers.get('x-should-retry'),
        response.headers.get('retry-after'),
      ]).toEqual([429, 'false', null])
      await response.text()
    },
  )

  it('The stream is estimated if only the number of requests is limited.', async () => {
    const { id } = await stream({ limits: { requests_per_minute: 1000 } })
    expect(await total(id)).toMatchObject({ estimated: 1 })
  })

  it('The usage is shown to a caller that asked for it.', async () => {
    const { id, text } = await stream(
      { limits: { tokens_per_day: 1e6 } },
      { stream_options: { include_usage: true } },
    )
    expect(text).toContain('"usage":{')
    expect(await total(id)).toMatchObject({ estimated: 0, output_tokens: 9 })
  })
})
