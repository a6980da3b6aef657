import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, nativeBody, TEXT, until } from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { usageReport } from './rig.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

it('Usage without a price counts as unpriced, but free usage does not.', async () => {
  const { key } = await gateway.issueKey()
  const headers = { authorization: `Bearer ${key}` }
  for (const path of ['/compatible-mode/v1/models', '/compatible-mode/v1/files', '/api/v1/tasks']) {
    expect((await fetch(gateway.address + path, { headers })).status).toBe(200)
  }
  const body = nativeBody('qwen9-unpriced', 'hi')
  expect((await ask({ address: gateway.address, key, path: TEXT, body })).status).toBe(200)
  const submit = { model: 'wanx-v1', input: { prompt: 'a cat' } }
  const path = '/api/v1/services/aigc/text2image/image-synthesis'
  const task = await ask({
    address: gateway.address,
    key,
    path,
    body: submit,
    headers: { 'x-dashscope-async': 'enable' },
  })
  expect(task.status).toBe(200)

  await until('all are counted', async () => (await usageReport(gateway, '')).total.requests === 5)
  const { rows } = await usageReport(gateway, 'group_by=model')
  expect(Object.fromEntries(rows.map(({ model, unpriced }) => [model, unpriced]))).toEqual({
    '(file-list)': 0,
    '(models)': 0,
    '(task-list)': 0,
    'qwen9-unpriced': 1,
    'wanx-v1': 1,
  })
})
