import { beforeAll, describe, expect, it } from 'vitest'
import { CHAT, chatBody, until } from '../../harness/caller.ts'
import { type SharedGateway, sharedGateway } from '../../harness/shared-gateway.ts'
import { askWhole, usageReport } from './rig.ts'

let gateway: SharedGateway

beforeAll(async () => {
  gateway = await sharedGateway()
})

async function stream(policy: Record<string, unknown>, more: object = {}) {
  const { id, key } = await gateway.issueKey(policy)
  const body = chatBody('qwen-plus', 'hello', { stream: true, ...more })
  const read = await askWhole({ address: gateway.address, key, path: CHAT, body })
  return { id, text: read.text.replace(/"(?:id|created)":(?:"[^"]*"|\d+)/g, '"-"') }
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
