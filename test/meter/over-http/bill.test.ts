import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { until } from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { KINDS, type Planned, plannedMix } from './mix.ts'
import { awaitBatch, awaitJob, awaitTask } from './mix-later.ts'
import { CONVERSATION, converseOnSocket, SPEECH, speakOnSocket } from './mix-sockets.ts'
import {
  askWhole,
  type Bill,
  type BilledCall,
  billedCalls,
  billOf,
  inParallel,
  leaveAfterFrames,
  mintToken,
  type UsageRow,
  usageReport,
} from './rig.ts'

const SEED = 20_261_128
const REQUESTS = 1000
const BATCH = 'qwen3-coder-plus'
const BATCH_LINES = 20
/** Of each kind. */
const SOCKETS = 5
/** More than the mix uses; only so that each of these requests is reserved and settled. */
const DAILY_TOKENS = 100_000_000

const planned = plannedMix(SEED)
let gateway: TestGateway
let open: { id: string; key: string }
let limited: { id: string; key: string }
let calls: BilledCall[]
/** The reports by model: that of the gateway, and that of the emulator. */
let rows: Map<string, UsageRow>
let bill: Map<string, Bill>
const logged: Record<string, unknown>[] = []

beforeAll(async () => {
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => {
      if (/^\{.*"request":/.test(String(line))) logged.push(JSON.parse(line))
    })
  }
  gateway = await startTestGateway()
  open = await gateway.issueKey()
  limited = await gateway.issueKey({ limits: { tokens_per_day: DAILY_TOKENS, requests_in_flight: 1000 } })
  const token = await mintToken(gateway, limited.key, { user: 'ann' })
  const callers = [open.key, limited.key, token]
  const callerOf = ({ limited: isLimited, later }: Planned, index: number): string => {
    if (isLimited) return [limited.key, token][index % 2] ?? ''
    // Session tokens create no jobs.
    return callers[index % (later === 'job' ? 2 : callers.length)] ?? ''
  }
  const work = planned.map((each, index) => ({
    each,
    key: callerOf(each, index),
  }))
  const { address } = gateway
  await Promise.all([
    inParallel(work, 30, ({ each, key }) => askOne(each, key)),
    awaitBatch(address, limited.key, BATCH, BATCH_LINES),
    ...Array.from({ length: SOCKETS }, async (_, index) => {
      const key = callers[index % 3] ?? ''
      await speakOnSocket(address, key, index)
      await converseOnSocket(address, key, index)
    }),
  ])
  await until('all usage is in the report', async () => {
    rows = new Map((await usageReport(gateway, 'group_by=model')).rows.map((row) => [row.model, row]))
    const isSettled = (model: string, requests: number) =>
      rows.get(model)?.requests === requests && rows.get(model)?.estimated === 0
    return (
      sum([...rows].map(([model, { requests = 0 }]) => (/^\((?!other)/.test(model) ? 0 : requests))) ===
        planned.length + 1 + 2 * SOCKETS &&
      KINDS.every(({ model, later }) => !later || rows.get(model)?.estimated === 0) &&
      isSettled(BATCH, 1)
    )
  })
  calls = await billedCalls(gateway)
  bill = await billOf(gateway)
}, 240_000)

afterAll(async () => {
  vi.restoreAllMocks()
  await gateway.stop()
})

async function askOne({ kind, asked, status = 200, leaves, later }: Planned, key: string): Promise<void> {
  const request = { address: gateway.address, key, ...asked }
  if (leaves) return void (await leaveAfterFrames(request, 2))
  if (later === 'task') return awaitTask(request)
  if (later === 'job') return awaitJob(request)
  const read = await askWhole(request)
  if (read.status !== status) throw new Error(`${kind} got ${read.status}: ${read.text.slice(0, 300)}`)
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}

function countOf(kind: RegExp): number {
  return planned.filter((each) => kind.test(each.kind)).length
}

/** What DashScope refuses is folded into one row, because callers invent names. */
const REFUSED = new Set(KINDS.filter(({ status = 200 }) => status >= 400).map(({ model }) => model))
const UNSEEN = KINDS.filter(({ isUnseen }) => isUnseen).map(({ model }) => model)
const SEEN = [...KINDS.map(({ model }) => model), BATCH, SPEECH, CONVERSATION].filter(
  (model) => !REFUSED.has(model) && !UNSEEN.includes(model),
)

/** A row of the gateway's report in the units of the bill. */
function unitsOf(model: string): Bill['usage'] {
  const row = rows.get(model)
  const units = [
    'input_tokens',
    'output_tokens',
    'characters',
    'seconds',
    'images',
    'video_seconds',
    'tool_calls',
  ]
  return Object.fromEntries(units.map((unit) => [unit, row?.[unit] ?? 0])) as Bill['usage']
}

describe(`the bill after ${REQUESTS} mixed requests`, () => {
  it('The mix has requests of all kinds.', () => {
    expect(planned.length + BATCH_LINES + 2 * SOCKETS).toBe(REQUESTS)
    expect(new Set(planned.map(({ kind }) => kind)).size).toBeGreaterThan(50)
  })

  it.each([...new Set(SEEN)])("The bill equals DashScope's own account in every unit: %s", (model) => {
    const billed = bill.get(model)?.usage
    expect(unitsOf(model)).toEqual(billed ?? unitsOf('nothing'))
    expect(sum(Object.values(unitsOf(model))) > 0).toBe(model !== 'fault-task-failed')
    expect(rows.get(model)?.estimated).toBe(0)
  })

  it.each(UNSEEN)("The bill is at least DashScope's own account if its usage never came: %s", (model) => {
    const billed = bill.get(model)?.usage
    expect(rows.get(model)?.input_tokens).toBeGreaterThanOrEqual(billed?.input_tokens ?? Infinity)
    expect(rows.get(model)?.output_tokens).toBeGreaterThanOrEqual(billed?.output_tokens ?? Infinity)
    expect(rows.get(model)?.estimated).toBe(rows.get(model)?.requests)
  })

  it('Every model that DashScope bills is in the report.', () => {
    expect([...bill.keys()].filter((model) => !rows.has(model))).toEqual([])
  })

  it('The bill is zero if DashScope refused.', () => {
    const folded = rows.get('(other)')
    expect([folded?.input_tokens, folded?.output_tokens, folded?.money]).toEqual([0, 0, 0])
    expect(folded?.requests).toBe(planned.filter(({ model }) => REFUSED.has(model)).length)
  })

  it('The bill counts how requests ended.', async () => {
    const { total } = await usageReport(gateway, 'group_by=day')
    expect(total.left).toBe(countOf(/^left/))
    expect(total.broken).toBe(countOf(/^broken/))
    expect(total.refused).toBe(countOf(/^refused|fails/))
  })

  it.each([
    ['asked again', 'qwen-long', 30],
    ['asked at once', 'fault-slow-400', 15],
  ])('The bill counts responses that were free: %s', (kind, model, least) => {
    const sent = calls.filter((call) => call.model === model)
    const responses = new Map(sent.map((call) => [call.body, call]))
    const given = planned
      .filter((each) => each.kind === kind)
      .map((each) => responses.get(JSON.stringify(each.asked.body)) as BilledCall)
    const tokens = (all: BilledCall[]) =>
      sum(all.map(({ usage }) => (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0)))
    // The keys do not share: each of them asks each question for itself.
    expect(rows.get(model)?.cache_hits).toBe(given.length - sent.length)
    expect(rows.get(model)?.cache_hits).toBeGreaterThan(least)
    expect(rows.get(model)?.saved_tokens).toBe(tokens(given) - tokens(sent))
  })

  it('Some of the requests waited for an identical request of another caller.', () => {
    expect(logged.filter(({ cache }) => String(cache).endsWith('collapsed')).length).toBeGreaterThan(5)
    expect(logged.filter(({ cache }) => String(cache).includes('; hit;')).length).toBeGreaterThan(5)
  })

  // CNY in Beijing; tokens by the million, characters by ten thousand, and everything else by one.
  it.each<[string, (billed: Bill) => number]>([
    ['qwen-max', ({ usage }) => (usage.input_tokens * 2.4 + usage.output_tokens * 9.6) / 1e6],
    ['qwen-turbo', ({ usage }) => (usage.input_tokens * 0.3 + usage.output_tokens * 0.6) / 1e6],
    ['qwen-plus-latest', ({ usage }) => (usage.input_tokens * 0.8 + usage.output_tokens * 8) / 1e6],
    [
      'qwen3.6-flash',
      ({ usage }) =>
        (usage.input_tokens * 1.2 + usage.output_tokens * 7.2) / 1e6 + (usage.tool_calls ?? 0) * 0.004,
    ],
    [BATCH, ({ usage }) => (usage.input_tokens * 4 + usage.output_tokens * 16) / 1e6 / 2],
    ['qwen3-tts-flash', ({ usage }) => ((usage.characters ?? 0) * 0.8) / 1e4],
    [SPEECH, ({ usage }) => ((usage.characters ?? 0) * 2) / 1e4],
    ['qwen3-asr-flash', ({ usage }) => (usage.seconds ?? 0) * 0.00022],
    ['wanx2.1-t2i-turbo', ({ usage }) => (usage.images ?? 0) * 0.14],
    ['qwen-image-plus', ({ usage }) => (usage.images ?? 0) * 0.2],
    [
      'wan2.5-t2v-preview',
      ({ video }) => (video['480P'] ?? 0) * 0.3 + (video['720P'] ?? 0) * 0.6 + (video['1080P'] ?? 0),
    ],
  ])('The bill has the cost of %s', (model, moneyOf) => {
    const billed = bill.get(model)
    expect(rows.get(model)?.money).toBeCloseTo(billed ? moneyOf(billed) : Number.NaN, 8)
    expect(rows.get(model)?.unpriced).toBe(0)
  })

  it('Keys and end users are billed separately, and their bills add up.', async () => {
    const { rows: apart, total } = await usageReport(gateway, 'group_by=key,user')
    expect(apart.map(({ key, user }) => [key, user]).toSorted()).toEqual(
      [
        [limited.id, ''],
        [limited.id, 'ann'],
        [open.id, ''],
      ].toSorted(),
    )
    expect(sum(apart.map(({ input_tokens }) => input_tokens ?? 0))).toBe(total.input_tokens)
  })

  it('The bill is what the limits of a key count as well.', async () => {
    const { total } = await usageReport(gateway, `key=${limited.id}`)
    const response = await fetch(`${gateway.address}/edge/me`, {
      headers: { authorization: `Bearer ${limited.key}` },
    })
    const { limits_left } = (await response.json()) as { limits_left: { name: string; remaining: number }[] }
    const used = (total.input_tokens ?? 0) + (total.output_tokens ?? 0)
    const left = new Map(limits_left.map(({ name, remaining }) => [name, remaining]))
    expect(left.get('tokens_per_day')).toBe(DAILY_TOKENS - used)
    expect(left.get('requests_in_flight')).toBe(1000)
  })

  it('The log has one line for each request, with the same numbers.', () => {
    expect(new Set(logged.map(({ request }) => request)).size).toBe(logged.length)
    expect(logged.length).toBeGreaterThanOrEqual(planned.length)
    const endings = (ending: string) => logged.filter((line) => line.ending === ending).length
    expect(endings('left')).toBe(countOf(/^left/))
    expect(endings('broken')).toBe(countOf(/^broken/))
    expect(endings('refused')).toBe(countOf(/^refused/))
    expect(endings('open')).toBe(0)
  })
})
