import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_USAGE } from '../../src/dashscope/usage.ts'
import { readUsageQuery } from '../../src/edge/usage-query.ts'
import { hashClientKey, makeClientKey } from '../../src/keys/client-key.ts'
import { recordEntry } from '../../src/keys/store.ts'
import { toBase64url } from '../../src/lib/base64url.ts'
import { UTC } from '../../src/lib/calendar.ts'
import { ADMIN_TOKEN, caller, type MeterRig, NOON_MS, startMeterRig } from '../meter/rig.ts'

let rig: MeterRig
const ann = { ...caller(undefined), user: 'ann' }
const bob = caller(undefined)
const annsKey = makeClientKey()

beforeAll(async () => {
  rig = await startMeterRig()
  const kv = await rig.keys()
  for (const [{ keyId, policy }, credential] of [
    [ann, annsKey],
    [bob, makeClientKey()],
  ] as const) {
    await kv.put(`id:${keyId}`, hashClientKey(credential), { metadata: policy })
    await kv.put(recordEntry(hashClientKey(credential)), JSON.stringify(policy))
  }
  const usage = { ...NO_USAGE, input: 6, output: 4, cached: 2, reasoning: 1, image: 3, video: 2, audio: 1 }
  await rig.settle(ann, { user: 'ann', usage, money: 1_250_000_000 })
  await rig.settle(ann, { user: '=cmd', model: 'qwen-max', money: undefined, ending: 'left' })
  await rig.settle(ann, {
    user: 'ann',
    usage: { ...usage, estimated: true },
    nowMs: NOON_MS + 86_400_000,
    ending: 'broken',
  })
  const saved = { tokens: 10, money: 20_000 }
  await rig.settle(bob, { ending: 'cached', usage: NO_USAGE, money: 0, saved })
  await rig.settle(bob, { ending: 'refused', usage: NO_USAGE, money: undefined, model: 'x'.repeat(10_000) })
})

afterAll(() => rig?.stop())

async function ask(query: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${rig.address()}/edge/usage?${query}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  }
}

const ONE_KEY = 'key_0000000000000001'
const ONE_CURSOR = cursorOf({ from: { [ONE_KEY]: '2026-11-01' } })

function cursorOf(plain: object): string {
  return toBase64url(JSON.stringify(plain))
}

const NOVEMBER = 'from=2026-11-01&to=2026-11-30'

describe('GET /edge/usage', () => {
  it('The operator gets all keys, with money in whole units.', async () => {
    const { status, headers, body } = await ask(`${NOVEMBER}&group_by=key`)
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(body).toMatchObject({ from: '2026-11-01', to: '2026-11-30', currency: 'CNY', group_by: ['key'] })
    expect(body.rows).toEqual([
      {
        key: ann.keyId,
        name: 'test',
        ...{ requests: 3, cache_hits: 0, left: 1, broken: 1, refused: 0, estimated: 1, unpriced: 1 },
        ...{ input_tokens: 18, output_tokens: 12, cached_tokens: 4, reasoning_tokens: 2 },
        ...{ image_tokens: 6, video_tokens: 4, audio_tokens: 2, characters: 0, seconds: 0 },
        ...{ images: 0, video_seconds: 0, tool_calls: 0, pages: 0 },
        ...{ money: 1.25002, saved_tokens: 0, saved_money: 0 },
      },
      expect.objectContaining({
        key: bob.keyId,
        ...{
          requests: 2,
          cache_hits: 1,
          refused: 1,
          unpriced: 0,
          money: 0,
          saved_tokens: 10,
          saved_money: 0.00002,
        },
      }),
    ])
    expect(body.total).toMatchObject({ requests: 5, cache_hits: 1 })
  })

  it('Usage is reported by the requested columns and days.', async () => {
    const { body } = await ask(`${NOVEMBER}&group_by=day,model,user&key=${ann.keyId}`)
    const names = (rows: Record<string, string>[]) =>
      rows.map(({ day, model, user }) => [day, model, user].join(' '))
    expect(names(body.rows)).toEqual([
      '2026-11-24 qwen-max =cmd',
      '2026-11-24 qwen-plus ann',
      '2026-11-25 qwen-plus ann',
    ])
    const later = await ask(`from=2026-11-25&to=2026-11-25&group_by=day&key=${ann.keyId}`)
    expect(later.body.rows).toMatchObject([{ day: '2026-11-25', requests: 1 }])
    expect((await ask('from=2026-10-01&to=2026-10-31')).body).toMatchObject({
      rows: [],
      total: { requests: 0 },
    })
  })

  it('A model that was refused is counted under a common name.', async () => {
    const { body } = await ask(`${NOVEMBER}&group_by=model&key=${bob.keyId}`)
    expect(body.rows.map((row: { model: string }) => row.model)).toEqual(['(other)', 'qwen-plus'])
  })

  it.each([
    ['format=csv', {}],
    ['', { accept: 'text/csv' }],
  ])('The CSV contains no formula that a spreadsheet would run: %s', async (query, headers) => {
    const response = await ask(`${NOVEMBER}&group_by=user&key=${ann.keyId}&${query}`, headers)
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="usage-2026-11-01-2026-11-30.csv"',
    )
    const [header, formula, plain] = response.text.split('\r\n')
    expect(header).toMatch(/^user,requests,/)
    expect(formula).toMatch(/^'=cmd,1,0,1,/)
    expect(plain).toMatch(/^ann,2,.*,CNY$/)
  })

  it('P7: A client key gets its own usage, and never that of another.', async () => {
    const own = { authorization: `Bearer ${annsKey}` }
    expect((await ask(`${NOVEMBER}&group_by=key`, own)).body.rows).toMatchObject([
      { key: ann.keyId, requests: 3 },
    ])
    expect((await ask(`${NOVEMBER}&key=${ann.keyId}`, own)).status).toBe(200)
    const foreign = await ask(`${NOVEMBER}&key=${bob.keyId}`, own)
    expect([foreign.status, foreign.body.code]).toEqual([403, 'AccessDenied'])
  })

  it.each([
    ['no credential', { authorization: '' }, /neither a client key nor the admin token/],
    ['a key without "Bearer"', { authorization: annsKey }, /Put "Bearer " before it/],
    ['a key that was not issued', { authorization: `Bearer ${makeClientKey()}` }, /unknown or was revoked/],
    ['a key cut short', { authorization: `Bearer ${annsKey.slice(0, -1)}` }, /mistyped or cut short/],
    ['a session token', { authorization: 'Bearer dst_e30.x' }, /does not accept session tokens/],
    [
      'another admin token',
      { authorization: 'Bearer admin-token-of-another-gateway' },
      /admin token is wrong/,
    ],
    ['a key of DashScope', { authorization: 'Bearer sk-0123456789' }, /admin token is wrong/],
  ])('A request with %s is refused with 401 and a reason.', async (_, headers, message) => {
    const { status, body } = await ask(NOVEMBER, headers)
    expect([status, body.message]).toEqual([401, expect.stringMatching(message)])
  })

  it('The report can only be read.', async () => {
    const response = await fetch(`${rig.address()}/edge/usage`, { method: 'DELETE' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})

describe('the parameters of a report', () => {
  function read(query: string, accept: string | null = null) {
    return readUsageQuery(new URLSearchParams(query), accept, NOON_MS, UTC)
  }

  it('The parameters default to the days of a month up to today.', () => {
    expect(read('')).toEqual({
      from: '2026-10-26',
      to: '2026-11-24',
      by: ['day'],
      key: undefined,
      format: 'json',
      hasBom: false,
      cursor: undefined,
    })
    expect(read('to=2026-03-01', 'text/html, text/csv;q=0.9')).toMatchObject({
      from: '2026-01-31',
      format: 'csv',
    })
  })

  it.each([
    ['from=yesterday', 'from'],
    ['from=2026-02-30', 'from'],
    ['from=2026-11-25', 'from'],
    ['from=2025-01-01', 'from'],
    ['to=', 'to'],
    ['to=2026-11-24&to=2026-11-25', 'to'],
    ['group_by=', 'group_by'],
    ['group_by=ip', 'group_by'],
    ['group_by=day,day', 'group_by'],
    ['group_by=day;DROP TABLE usage', 'group_by'],
    ['group_by=user,hour', 'group_by'],
    ['group_by=endpoint,user', 'group_by'],
    ['group_by=hour&from=2026-10-20', 'from'],
    ['bom=yes', 'bom'],
    ['key=', 'key'],
    ['key=../key_0000000000000001', 'key'],
    ['format=xml', 'format'],
    ['form=2026-11-01', 'form'],
    ['cursor=', 'cursor'],
    ['cursor=2026-11-01', 'cursor'],
    [`cursor=${cursorOf({ from: { key_1: '2026-11-01' } })}`, 'cursor'],
    [`cursor=${cursorOf({ from: { [ONE_KEY]: '2026-11-32' } })}`, 'cursor'],
    [`cursor=${cursorOf({ from: { [ONE_KEY]: '2026-11-01T13' } })}`, 'cursor'],
    [`cursor=${cursorOf({ from: {} })}`, 'cursor'],
    [`cursor=${cursorOf({ after: ['2026-11-01', 'key_1'] })}`, 'cursor'],
    [`cursor=${cursorOf({ after: ['2026-11-01', 1, 2, 3] })}`, 'cursor'],
    [`cursor=${ONE_CURSOR}&cursor=${ONE_CURSOR}`, 'cursor'],
  ])('The parameter %s is refused.', (query, param) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ reason: 'invalid', param }))
  })
})
