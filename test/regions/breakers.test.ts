import { describe, expect, it } from 'vitest'
import { nativeBody } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { json } from '../harness/plain-upstream.ts'
import { error, hangUp, useRegions } from './rig.ts'

const rig = useRegions()

/** Asks several times, one after another, and tells the first target of each. */
async function firsts(times: number, body = nativeBody('qwen-plus', 'hello')): Promise<string[]> {
  const seen: string[] = []
  for (let time = 0; time < times; time++) {
    const before = rig.asked().length
    await (await rig.post({ body })).text()
    seen.push(rig.asked()[before] ?? '')
  }
  return seen
}

describe('a circuit breaker of a key or region', () => {
  it('The circuit breaker opens after five failures, lets one probe through later, and closes when that works.', async () => {
    rig.beijing.answer(hangUp)
    expect(await firsts(8)).toEqual([
      ...Array.from({ length: 5 }, () => 'beijing'),
      'singapore',
      'singapore',
      'singapore',
    ])
    rig.beijing.answer(json('{"output":{"text":"back"}}'))
    expect(await firsts(1)).toEqual(['singapore'])
    await new Promise((resolve) => setTimeout(resolve, 5100))
    let release = () => undefined as unknown
    const released = new Promise<void>((resolve) => (release = resolve))
    rig.beijing.answer(async (response, seen) => {
      await released
      return json('{"output":{"text":"back"}}')(response, seen)
    })
    const before = rig.asked().length
    const together = [rig.post(), rig.post(), rig.post(), rig.post()]
    await Promise.race(together)
    expect(
      rig
        .asked()
        .slice(before)
        .filter((id) => id === 'beijing'),
    ).toHaveLength(1)
    release()
    await Promise.all(together)
    expect(await firsts(2)).toEqual(['beijing', 'beijing'])
  })

  it('The circuit breaker does not open for failures with a refusal of its own in between.', async () => {
    const failing = error(500, 'InternalError')
    rig.beijing.answer(failing)
    rig.singapore.answer(json('{"output":{"text":"ok"}}'))
    const one = { ...nativeBody('qwen-plus', 'hello') }
    await firsts(2, one)
    rig.beijing.answer(error(400, 'DataInspectionFailed'))
    await firsts(1, one)
    rig.beijing.answer(failing)
    expect(await firsts(4, one)).toEqual(['beijing', 'beijing', 'beijing', 'beijing'])
  })

  it.each([
    [401, 'InvalidApiKey'],
    [400, 'Arrearage'],
    [429, 'PostpaidBillOverdue'],
  ])('The circuit breaker opens at once for %d %s, and the operator sees it.', async (status, code) => {
    rig.beijing.answer((response, seen) => {
      const isFirst = seen.headers.authorization === 'Bearer sk-beijing-1' && seen.method === 'POST'
      return (isFirst ? error(status, code) : json('{}'))(response, seen)
    })
    expect(await firsts(3)).toEqual(['beijing', 'beijing/2', 'beijing/2'])
    const health = await fetch(`${rig.gateway.address}/edge/health?deep=1`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    })
    const { findings } = (await health.json()) as { findings: { check: string; ok: boolean; says: string }[] }
    // These gateways have no Workflow, which is a finding of its own.
    const broken = findings.filter(({ check, ok }) => check === 'dashscope' && !ok)
    expect(broken).toHaveLength(1)
    expect(broken[0]).toMatchObject({ check: 'dashscope', says: expect.stringContaining(`"${code}"`) })
    expect(broken[0]?.says).toContain('DASHSCOPE_API_KEY (key 1)')
    expect(JSON.stringify(findings)).not.toContain('sk-beijing')
  })

  it('The circuit breaker opens for the model alone if the model is the cause.', async () => {
    rig.beijing.answer((response, seen) => {
      const lacks = seen.body.includes('only-abroad')
      return (lacks ? error(404, 'ModelNotFound') : json('{}'))(response, seen)
    })
    expect(await firsts(3, nativeBody('only-abroad', 'hello'))).toEqual(['beijing', 'beijing/2', 'singapore'])
    expect(await firsts(1)).toEqual(['beijing'])
  })

  it('A request is still sent if every circuit breaker is open.', async () => {
    rig.beijing.answer(error(401, 'InvalidApiKey'))
    rig.singapore.answer(error(401, 'InvalidApiKey'))
    for (let time = 0; time < 3; time++) expect((await rig.post()).status).toBe(502)
    const before = rig.asked().length
    expect((await rig.post()).status).toBe(502)
    expect(rig.asked().slice(before)).toHaveLength(1)
  })

  it('The circuit breaker ignores a caller’s short timeout.', async () => {
    rig.beijing.answer(() => undefined)
    const impatient = Array.from({ length: 6 }, () => rig.post({ headers: { 'x-edge-timeout': '1' } }))
    for (const response of await Promise.all(impatient)) expect(response.status).toBe(504)
    rig.beijing.answer(json('{}'))
    expect(await firsts(1)).toEqual(['beijing'])
  })

  it('The circuit breaker ignores a key that was refused for the kind of credential that the caller named.', async () => {
    rig.beijing.answer(error(401, 'InvalidApiKey'))
    await rig.post({ headers: { 'x-dashscope-authtype': 'qwen-oauth' } })
    rig.beijing.answer(json('{}'))
    expect(await firsts(1)).toEqual(['beijing'])
  })

  it.each<[string, Record<string, string>, object]>([
    ['header', { 'x-dashscope-workspace': 'llm-x' }, {}],
    ['header of another SDK', { 'x-dashscope-workspaceid': 'llm-x' }, {}],
    ['body', {}, { workspace: 'llm-x' }],
  ])(
    'The circuit breaker ignores a workspace that the caller named in a %s',
    async (_, headers, parameters) => {
      const { key } = await rig.gateway.issueKey({ workspaces: ['llm-*'] })
      rig.beijing.answer(error(401, 'InvalidApiKey'))
      await rig.post({ key, headers, body: nativeBody('qwen-plus', 'hello', parameters) })
      rig.beijing.answer(json('{}'))
      expect(await firsts(1)).toEqual(['beijing'])
    },
  )
})
