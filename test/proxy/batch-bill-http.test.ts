import { describe, expect, it } from 'vitest'
import { until } from '../harness/caller.ts'
import { BATCHES, useBatches } from './batch-rig.ts'
import { FILES, line } from './upload-rig.ts'

const { rig, upload, create, created, batchOf, ended, usageOf } = useBatches()

describe('the bill of a batch', () => {
  it('The bill is the estimate until the batch has ended, and then what its output says, once.', async () => {
    const erin = await rig.gateway.issueKey({ name: 'erin' })
    const file = await upload(erin.key, line('1', { max_tokens: 1000 }) + line('2', { max_tokens: 1000 }))
    const { id } = await created(erin.key, file)
    await until('the estimate is charged', async () => (await usageOf(erin.id))?.output_tokens === 2000)
    const { output_file_id: output } = await ended(erin.key, id)
    const text = await (await rig.askAs(erin.key, 'GET', `${FILES}/${output}/content`)).text()
    const used = text
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each).response.body.usage)
    const tokens = used.reduce((sum, each) => sum + each.completion_tokens, 0)
    await until('the usage is settled', async () => (await usageOf(erin.id))?.output_tokens === tokens)
    const usage = await usageOf(erin.id)
    expect(usage?.input_tokens).toBe(used.reduce((sum, each) => sum + each.prompt_tokens, 0))
    // qwen-plus in Beijing: 0.8 and 2 CNY per million tokens, half of it in a batch.
    const money = ((usage?.input_tokens ?? 0) * 0.8 + tokens * 2) / 1e6 / 2
    expect(usage?.money).toBeCloseTo(money, 9)
    await batchOf(erin.key, id)
    expect((await usageOf(erin.id))?.output_tokens).toBe(tokens)
  })

  it('The bill is settled even if no client asks for the batch.', async () => {
    const fred = await rig.gateway.issueKey({ name: 'fred' })
    await created(fred.key, await upload(fred.key, line('1', { max_tokens: 5000 })))
    await until('the poller has seen its end', async () => {
      const output_tokens = (await usageOf(fred.id))?.output_tokens ?? 5000
      return output_tokens > 0 && output_tokens < 5000
    })
  })

  it('The bill of a cancelled batch has the part that was done.', async () => {
    const gina = await rig.gateway.issueKey({ name: 'gina' })
    const lines = ['1', '2', '3', '4'].map((id) => line(id, { max_tokens: 1000 })).join('')
    const { id } = await created(gina.key, await upload(gina.key, lines), {
      metadata: { ds_name: 'pending-60000' },
    })
    const canceled = await rig.askAs(gina.key, 'POST', `${BATCHES}/${id}/cancel`)
    expect(await canceled.json()).toMatchObject({ status: 'cancelling' })
    const { output_file_id: output, status } = await batchOf(gina.key, id)
    expect(status).toBe('cancelled')
    const text = await (await rig.askAs(gina.key, 'GET', `${FILES}/${output}/content`)).text()
    const tokens = text
      .trim()
      .split('\n')
      .reduce((sum, each) => sum + JSON.parse(each).response.body.usage.completion_tokens, 0)
    expect(text.trim().split('\n')).toHaveLength(2)
    await until('the usage is settled', async () => (await usageOf(gina.id))?.output_tokens === tokens)
  })

  it('The bill counts against the limits of the key, except those of a minute.', async () => {
    const hal = await rig.gateway.issueKey({
      name: 'hal',
      limits: { tokens_per_day: 3000, tokens_per_minute: 100 },
    })
    const file = await upload(hal.key, line('1', { max_tokens: 2000 }))
    const { id } = await created(hal.key, file, { metadata: { ds_name: 'pending-60000' } })
    const second = await create(hal.key, file)
    expect(second.status).toBe(429)
    expect(await second.text()).toContain('tokens_per_day')
    await rig.askAs(hal.key, 'POST', `${BATCHES}/${id}/cancel`)
    await batchOf(hal.key, id)
    await until('what was not used is free again', async () => (await create(hal.key, file)).status === 200)
  })
})
