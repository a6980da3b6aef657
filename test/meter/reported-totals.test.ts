import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN_TOKEN, caller, type MeterRig, NOON_MS, settlement, startMeterRig } from './rig.ts'

let rig: MeterRig
beforeAll(async () => {
  rig = await startMeterRig()
})
afterAll(() => rig.stop())

async function get(path: string): Promise<string> {
  const response = await fetch(rig.address() + path, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
  return response.text()
}

/** Has the meter of a key do what its alarm does. */
async function report(name: string): Promise<void> {
  const body = JSON.stringify({ name, tidyMs: NOON_MS })
  const response = await fetch(`${rig.address()}/meter`, { method: 'POST', body })
  if (!response.ok) throw new Error(await response.text())
}

it('Meters report to the registry, whose sums are never reset and grow by each report once.', async () => {
  const principal = caller(undefined)
  await rig.settle(principal, settlement({ model: 'qwen "plus"' }))
  await report(principal.keyId)
  await report(principal.keyId)
  await rig.settle(principal, settlement({ model: 'qwen "plus"' }))
  await report(principal.keyId)
  const metrics = await get('/edge/metrics')
  expect(metrics).toContain('# TYPE dashscope_edge_requests_total counter')
  const labels = `{key="${principal.keyId}",model="qwen \\"plus\\""}`
  expect(metrics).toContain(`dashscope_edge_requests_total${labels} 2\n`)
  expect(metrics).toContain(`dashscope_edge_input_tokens_total${labels} 12\n`)
})

it('Errors are counted by code in sums that are never reset.', async () => {
  const principal = caller(undefined)
  const response = { status: 429, code: 'Throttling.RateQuota', totalMs: 5 }
  for (let number = 0; number < 2; number++) {
    await rig.settle(principal, settlement({ ending: 'refused', response }))
    await report(principal.keyId)
    await report(principal.keyId)
  }
  const metrics = await get('/edge/metrics')
  expect(metrics).toContain('# TYPE dashscope_edge_errors_total counter')
  const labels = `{key="${principal.keyId}",model="qwen-plus",code="Throttling.RateQuota"}`
  expect(metrics).toContain(`dashscope_edge_errors_total${labels} 2\n`)
})

it('The list of keys shows when each was last used.', async () => {
  const { keyId } = caller(undefined)
  const kv = await rig.keys()
  const record = { id: keyId, name: 'used', created_at: '2026-11-01T00:00:00Z', cache_generation: 0 }
  await kv.put(`id:${keyId}`, 'a'.repeat(64), { metadata: record })
  await kv.put(`key:${'a'.repeat(64)}`, JSON.stringify(record))
  const list = async () => JSON.parse(await get(`/edge/keys/${keyId}`))
  expect(await list()).not.toHaveProperty('last_used_at')
  await rig.settle({ ...caller(undefined), keyId }, settlement({ nowMs: NOON_MS + 5 }))
  await report(keyId)
  expect(await list()).toMatchObject({ last_used_at: '2026-11-24T12:00:00.005Z' })
})
