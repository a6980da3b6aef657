import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { until } from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { plannedMix } from './mix.ts'
import {
  askWhole,
  type BilledCall,
  billedCalls,
  inParallel,
  leaveAfterFrames,
  mintToken,
  type UsageRow,
  usageReport,
} from './rig.ts'

const SEED = 20_261_117
const REQUESTS = 1000
/** More than the mix uses; only so that each of these requests is reserved and settled. */
const DAILY_TOKENS = 100_000_000

const planned = plannedMix(SEED)
let gateway: TestGateway
let open: { id: string; key: string }
let limited: { id: string; key: string }
/** The answers in the order of the plan. */
let texts: string[]
let calls: BilledCall[]
let models: Map<string, UsageRow>
const logged: Record<string, unknown>[] = []

beforeAll(async () => {
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => {
      if (/^\{.*"request":/.test(String(line))) logged.push(JSON.parse(line))
    })
  }
  gateway = await startTestGateway()
  open = await gateway.issueKey()
  limited = await gateway.issueKey({
    limits: { tokens_per_day: DAILY_TOKENS, requests_in_flight: 1000 },
  })
  const callers = [open.key, limited.key, await mintToken(gateway, limited.key, { user: 'ann' })]
  const work = planned.map((each, index) => ({ ...each, key: callers[index % callers.length] ?? '' }))
  texts = await inParallel(work, 30, async ({ kind, asked, key, status, leaves }) => {
    const request = { address: gateway.address, key, ...asked }
    if (leaves) return leaveAfterFrames(request, 2)
    const read = await askWhole(request)
    if (read.status !== status) throw new Error(`${kind} got ${read.status}: ${read.text.slice(0, 300)}`)
    return read.text
  })
  await until('every request is in the report', async () => {
    return (await usageReport(gateway, 'group_by=model')).total.requests === REQUESTS
  })
  calls = await billedCalls(gateway)
  const { rows } = await usageReport(gateway, 'group_by=model')
  models = new Map(rows.map((row) => [row.model, row]))
}, 120_000)

afterAll(async () => {
  vi.restoreAllMocks()
  await gateway.stop()
})

function modelOf({ path, body }: BilledCall): string {
  return /^\/api\/v1\/apps\//.test(path) ? `app:${path.split('/')[4]}` : JSON.parse(body).model
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}

function callsOf(model: string): BilledCall[] {
  return calls.filter((call) => modelOf(call) === model)
}

/** A refusal that passes is asked three times, and is one request to its key. */
function attemptsAt(model: string): number {
  return /^fault-status-(?:429|5)/.test(model) ? 3 : 1
}

function tokensOf({ usage }: BilledCall): number {
  return (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0)
}

/** Models that DashScope refuses whenever they are asked for; their rows are folded, because callers invent names. */
const REFUSED = new Set(planned.filter(({ status }) => status >= 400).map(({ model }) => model))

/** The last number that an answer names so. */
function lastNumber(text: string, name: string): number {
  return Number([...text.matchAll(new RegExp(`"${name}":(\\d+)`, 'g'))].at(-1)?.[1] ?? 0)
}

function countOf(kind: RegExp): number {
  return planned.filter((each) => kind.test(each.kind)).length
}

describe(`the bill after ${REQUESTS} mixed requests`, () => {
  it('The mix has requests of all kinds.', () => {
    expect(planned).toHaveLength(REQUESTS)
    expect(new Set(planned.map(({ kind }) => kind)).size).toBeGreaterThan(20)
  })

  it.each([...new Set(planned.map(({ model }) => model))].filter((model) => !REFUSED.has(model)))(
    'The bill is what DashScope reports, to the token: %s',
    (model) => {
      const row = models.get(model)
      const sent = callsOf(model)
      expect(sent.length).toBeGreaterThan(0)
      expect({
        input: row?.input_tokens,
        output: row?.output_tokens,
        asked: (row?.requests ?? 0) - (row?.cache_hits ?? 0),
        estimated: row?.estimated,
      }).toEqual({
        input: sum(sent.map(({ usage }) => usage?.input_tokens ?? 0)),
        output: sum(sent.map(({ usage }) => usage?.output_tokens ?? 0)),
        asked: sent.length / attemptsAt(model),
        estimated: 0,
      })
    },
  )

  it('The bill is positive if something was used, and zero if DashScope refused.', () => {
    for (const { model, status } of planned) {
      const row = models.get(model)
      if (status === 200) expect(row?.input_tokens, model).toBeGreaterThan(0)
    }
    const folded = models.get('(other)')
    expect([folded?.input_tokens, folded?.output_tokens, folded?.money]).toEqual([0, 0, 0])
    expect(folded?.requests).toBe(planned.filter(({ model }) => REFUSED.has(model)).length)
    expect(models.get('fault-stall-stream')?.output_tokens).toBeGreaterThan(0)
    expect(models.get('fault-cut-between')?.output_tokens).toBeGreaterThan(0)
    expect(models.get('fault-cut')?.output_tokens).toBeGreaterThan(0)
  })

  it('The bill counts how requests ended.', async () => {
    const { total } = await usageReport(gateway, 'group_by=day')
    expect(total).toMatchObject({
      requests: REQUESTS,
      left: countOf(/^left/),
      broken: countOf(/^broken/),
      refused: countOf(/^refused/),
    })
  })

  it.each([
    ['asked again', 'qwen-long', 60],
    ['asked at once', 'fault-slow-400', 20],
  ])('The bill counts responses that were free: %s', (kind, model, least) => {
    const row = models.get(model)
    const sent = callsOf(model)
    // qwen-long costs 0.5 and 2 a million; the other one has no known price.
    const microsOf = ({ usage }: BilledCall) =>
      model === 'qwen-long' ? (usage?.input_tokens ?? 0) * 0.5 + (usage?.output_tokens ?? 0) * 2 : 0
    const answers = new Map(sent.map((call) => [call.body, call]))
    const given = planned
      .filter((each) => each.kind === kind)
      .map((each) => answers.get(JSON.stringify(each.asked.body)) as BilledCall)
    // The keys do not share: each of them asks each question for itself.
    expect(row?.cache_hits).toBe(given.length - sent.length)
    expect(row?.cache_hits).toBeGreaterThan(least)
    expect(row?.saved_tokens).toBe(sum(given.map(tokensOf)) - sum(sent.map(tokensOf)))
    expect(row?.saved_money).toBeCloseTo((sum(given.map(microsOf)) - sum(sent.map(microsOf))) / 1e6, 9)
  })

  it('Some of the requests waited for an identical request of another caller.', () => {
    expect(logged.filter(({ cache }) => String(cache).endsWith('collapsed')).length).toBeGreaterThan(5)
    expect(logged.filter(({ cache }) => String(cache).includes('; hit;')).length).toBeGreaterThan(5)
  })

  it('The bill has the tokens of thinking and of images.', () => {
    const thought = planned.map((each, index) =>
      each.kind === 'thinking' ? lastNumber(texts[index] ?? '', 'reasoning_tokens') : 0,
    )
    expect(sum(thought)).toBeGreaterThan(0)
    expect(models.get('qwen-plus-latest')?.reasoning_tokens).toBe(sum(thought))
    for (const model of ['qwen3-vl-plus', 'qwen3-vl-flash']) {
      expect(models.get(model)?.image_tokens).toBe(1000 * callsOf(model).length)
    }
  })

  it.each([
    ['qwen-max', 2.4, 9.6],
    ['qwen-turbo', 0.3, 0.6],
  ])('The bill has the cost of %s', (model, input, output) => {
    const micros = callsOf(model).map(
      ({ usage }) => (usage?.input_tokens ?? 0) * input + (usage?.output_tokens ?? 0) * output,
    )
    expect(models.get(model)?.money).toBeCloseTo(sum(micros) / 1e6, 9)
    expect(models.get(model)?.unpriced).toBe(0)
  })

  it('Keys and end users are billed separately, and their bills add up.', async () => {
    const { rows, total } = await usageReport(gateway, 'group_by=key,user')
    const requests = rows.map(({ key, user, requests }) => [key, user, requests])
    expect(requests).toContainEqual([open.id, '', 334])
    expect(requests).toContainEqual([limited.id, '', 333])
    expect(requests).toContainEqual([limited.id, 'ann', 333])
    expect(sum(rows.map(({ input_tokens }) => input_tokens ?? 0))).toBe(total.input_tokens)
  })

  it('The bill is what the limits of a key count as well.', async () => {
    const { total } = await usageReport(gateway, `key=${limited.id}`)
    const body = { model: 'text-embedding-v4', input: { texts: ['one more'] } }
    const read = await askWhole({
      address: gateway.address,
      key: limited.key,
      path: '/api/v1/services/embeddings/text-embedding/text-embedding',
      body,
    })
    const estimate = Math.ceil(JSON.stringify(body).length / 4)
    const used = (total.input_tokens ?? 0) + (total.output_tokens ?? 0)
    expect(read.headers.ratelimit).toContain(`"tokens_per_day";r=${DAILY_TOKENS - used - estimate};`)
    expect(read.headers.ratelimit).toContain('"requests_in_flight";r=999')
  })

  it('The log has one line for each request, with the same numbers.', () => {
    expect(new Set(logged.map(({ request }) => request)).size).toBe(logged.length)
    expect(logged.length).toBeGreaterThanOrEqual(REQUESTS)
    const endings = (ending: string) => logged.filter((line) => line.ending === ending).length
    expect(endings('left')).toBe(countOf(/^left/))
    expect(endings('broken')).toBe(countOf(/^broken/))
    expect(endings('refused')).toBe(countOf(/^refused/))
    expect(endings('open')).toBe(0)
  })
})
