import { describe, expect, it } from 'vitest'
import { json } from '../harness/caller.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'

const rig = useOwnGateway()

interface Catalogue {
  success: boolean
  output: { total: number; page_no: number; page_size: number; models: { model: string }[] }
}

async function list(key: string, query = ''): Promise<Catalogue> {
  const response = await fetch(`${rig.gateway.address}/api/v1/models${query}`, {
    headers: { authorization: `Bearer ${key}` },
  })
  expect(response.status).toBe(200)
  return json<Catalogue>(response)
}

const names = ({ output }: Catalogue) => output.models.map(({ model }) => model)

describe('the native catalogue of models', () => {
  it('The catalogue passes unchanged for a key without a list of models.', async () => {
    const { output } = await list(rig.key, '?page_no=2&page_size=4&api_key=x')
    expect(output.models).toHaveLength(4)
    expect((await rig.gateway.calls()).at(-1)).toMatchObject({ query: 'page_no=2&page_size=4' })
  })

  it('The catalogue has only the models of a key, with pages and totals of its own.', async () => {
    const { key } = await rig.gateway.issueKey({ models: ['qwen*'] })
    const all = await list(key, '?page_size=100')
    expect(all.success).toBe(true)
    expect(names(all).every((name) => name.startsWith('qwen'))).toBe(true)
    expect(all.output.total).toBe(names(all).length)
    const pages = [await list(key, '?page_size=2'), await list(key, '?page_size=2&page_no=2')]
    expect(pages.flatMap(names)).toEqual(names(all).slice(0, 4))
    expect(pages[1]?.output).toMatchObject({ total: all.output.total, page_no: 2, page_size: 2 })
    expect(names(await list(key, '?page_no=50'))).toEqual([])
  })

  it('The catalogue has the aliases of a key in place of models of the same name.', async () => {
    const { key } = await rig.gateway.issueKey({
      aliases: { 'gpt-4o': 'qwen-plus', 'qwen-max': 'qwen-plus' },
    })
    const rows = (await list(key, '?page_size=100')).output.models
    expect(rows.filter(({ model }) => model === 'qwen-max')).toEqual([
      { model: 'qwen-max', provider: 'alias' },
    ])
    expect(rows).toContainEqual({ model: 'gpt-4o', provider: 'alias' })
    expect(names(await list(key, '?model=gpt-4o'))).toEqual(['gpt-4o'])
    expect(names(await list(key, '?capabilities=vision'))).not.toContain('gpt-4o')
  })

  it.each(['?page_no=0', '?page_size=101', '?page_size=x'])(
    'The catalogue is refused with %s for such a key.',
    async (query) => {
      const { key } = await rig.gateway.issueKey({ models: ['qwen*'] })
      const response = await fetch(`${rig.gateway.address}/api/v1/models${query}`, {
        headers: { authorization: `Bearer ${key}` },
      })
      expect(response.status).toBe(400)
    },
  )
})
