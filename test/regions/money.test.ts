import { expect, it } from 'vitest'
import { nativeBody, until } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { usageReport } from '../meter/over-http/rig.ts'
import { error, useRegions } from './rig.ts'

const rig = useRegions()

/** Priced in Beijing alone. */
const MODEL = 'qwen-vl-plus'

it('A limit on money holds if a region responds whose price is not known.', async () => {
  rig.beijing.answer(error(503, 'ModelServingError'))
  rig.singapore.answer(
    json('{"output":{"text":"ok"},"usage":{"input_tokens":900000,"output_tokens":900000},"request_id":"r"}'),
  )
  const { id, key } = await rig.gateway.issueKey({ limits: { money_per_day: 0.02 } })
  const first = await rig.post({ key, body: nativeBody(MODEL, 'hello', { max_tokens: 10 }) })
  expect(first.status).toBe(200)
  await first.text()
  await until('it is settled', async () => {
    const { total } = await usageReport(rig.gateway, `key=${id}`)
    return (total.money ?? 0) > 0.02
  })
  const second = await rig.post({ key, body: nativeBody(MODEL, 'hello again', { max_tokens: 10 }) })
  expect(second.status).toBe(429)
  await second.text()
})
