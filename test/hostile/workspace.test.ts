import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, nativeBody, TEXT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

it.each([
  ['the header', TEXT, { 'X-DashScope-WorkSpace': 'llm-other' }, {}],
  ['the header of another SDK', TEXT, { 'x-dashscope-workspaceid': 'llm-other' }, {}],
  ['the parameter', '/api/v1/apps/abc/completion', {}, { workspace: 'llm-other' }],
])(
  'hostile: A workspace that the key may not name is refused before anything goes upstream (%s)',
  async (_, path, headers, more) => {
    const body = {
      ...nativeBody('qwen-plus', 'hello', more),
      ...(path !== TEXT && { input: { prompt: 'hello' } }),
    }
    const { key } = await gateway.issueKey()
    const before = (await gateway.calls()).length
    const refused = await ask({ address: gateway.address, key, path, headers, body })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ message: expect.stringContaining('"llm-other"') })
    expect((await gateway.calls()).length).toBe(before)
    const allowed = await gateway.issueKey({ workspaces: ['llm-*'] })
    expect((await ask({ address: gateway.address, key: allowed.key, path, headers, body })).status).toBe(200)
  },
)
