import { describe, expect, it } from 'vitest'
import { useOwnGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const rig = useOwnGateway()

const look = (key: string, model: string) =>
  send(rig.gateway.address, {
    path: `/compatible-mode/v1/models/${model}`,
    headers: { authorization: `Bearer ${key}` },
  })

describe('looking up a model by its name', () => {
  it.each(['qwen-plus', 'kimi%2Fkimi-k3', 'kimi/kimi-k3', 'qwen-plus-ft%3A1', 'qwen3.5-plus'])(
    'DashScope describes %s, and its path is as it was sent.',
    async (model) => {
      const response = await look(rig.key, model)
      expect(response.status).toBe(200)
      expect(JSON.parse(response.text)).toMatchObject({ id: decodeURIComponent(model), object: 'model' })
      expect((await rig.gateway.calls()).at(-1)?.path).toBe(`/compatible-mode/v1/models/${model}`)
    },
  )

  it('A model that the key may not use does not exist.', async () => {
    const { key } = await rig.gateway.issueKey({ models: ['kimi/*'] })
    expect((await look(key, 'kimi%2Fkimi-k3')).status).toBe(200)
    const before = (await rig.gateway.calls()).length
    for (const model of ['qwen-plus', 'qwen-plus%2Fkimi', 'KIMI%2Fk3']) {
      const response = await look(key, model)
      expect(response.status).toBe(404)
      expect(JSON.parse(response.text)).toMatchObject({ error: { param: 'model' } })
    }
    expect((await rig.gateway.calls()).length).toBe(before)
  })

  it('An alias is described if the key has one of that name.', async () => {
    const { key } = await rig.gateway.issueKey({ models: ['qwen-plus'], aliases: { 'gpt-4o': 'qwen-plus' } })
    const response = await look(key, 'gpt-4o')
    expect(response.status).toBe(200)
    expect(JSON.parse(response.text)).toEqual({
      id: 'gpt-4o',
      object: 'model',
      created: 0,
      owned_by: 'alias',
    })
  })

  it.each([
    '%2e%2e',
    '..%2ffiles',
    'a%2f..%2fb',
    'a//b',
    'a%252fb',
    'a%00',
    `${'x'.repeat(257)}`,
    'a%2f',
    '%2fa',
  ])('The name %s is not found, and nothing goes upstream.', async (model) => {
    const before = (await rig.gateway.calls()).length
    expect((await look(rig.key, model)).status).toBe(404)
    expect((await rig.gateway.calls()).length).toBe(before)
  })
})
