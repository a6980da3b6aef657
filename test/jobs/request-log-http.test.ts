import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, json, until } from '../harness/caller.ts'
import { ASYNC, OPERATOR, useJobs } from './rig.ts'

const rig = useJobs()

async function report(path: string): Promise<Record<string, unknown>[]> {
  const response = await rig.askAs(OPERATOR, 'GET', path)
  const body = await json<{ rows?: Record<string, unknown>[]; requests?: Record<string, unknown>[] }>(
    response,
  )
  return body.requests ?? body.rows ?? []
}

describe('the request log of a key that uses jobs', () => {
  it.each([
    ['a success', 'qwen-plus', { status: 200, ending: 'complete' }],
    [
      'a refusal',
      'fault-status-400-InvalidParameter',
      { status: 400, ending: 'refused', code: 'invalid_parameter_error' },
    ],
  ])('The log has a row for each run, with its endpoint and region: %s', async (_, model, expected) => {
    const { id, key } = await rig.gateway.issueKey()
    const job = await json<{ id: string }>(await rig.askAs(key, 'POST', CHAT, chatBody(model, 'x'), ASYNC))
    await until('the run is logged', async () => (await report(`/edge/requests?key=${id}`)).length === 1)
    expect(await report(`/edge/requests?key=${id}`)).toMatchObject([
      { id: `${job.id}-1`, endpoint: 'chat-completions', region: 'beijing', model, ...expected },
    ])
    const [row] = await report(`/edge/usage?key=${id}&group_by=endpoint,region`)
    expect(row).toMatchObject({ endpoint: 'chat-completions', region: 'beijing', requests: 1 })
  })
})
