import { setTimeout as sleep } from 'node:timers/promises'
import { MAX_TOKENS } from './dialects.ts'
import type { Plan, Who } from './plan.ts'
import type { UpstreamCall } from './proxy.ts'
import { countTokens, rightText } from './question.ts'
import type { Stage } from './stage.ts'
import type { Row } from './verdict.ts'

/** What a report counts of one key. */
export interface Counted {
  requests: number
  cache_hits: number
  input_tokens: number
  output_tokens: number
}

/** The least and the most that a key's usage can be. */
export interface Bounds {
  least: Counted
  most: Counted
}

type CallsOf = (question: number) => readonly UpstreamCall[]

const NAMES = ['requests', 'cache_hits', 'input_tokens', 'output_tokens'] as const

/** The gateway estimates by these if an answer names no usage; see its constants of the same meaning. */
const BYTES_PER_INPUT_TOKEN = 4
const STREAM_BYTES_PER_OUTPUT_TOKEN = 80
const ESTIMATED_OUTPUT_TOKENS = 1000

/** Usage is sent in batches of a second; a batch whose sender was ended waits ten. */
const SETTLES_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 500

/** Whose limits are charged with the estimate of what they give up before there is an answer. */
const LIMITED: readonly Who[] = ['limited', 'token']

/** Statuses of the gateway's own refusals that it counts (src/proxy/logged-request.ts). */
const COUNTED_REFUSALS = [400, 403, 429]

const WHOSE: readonly Who[] = ['steady', 'limited', 'rough', 'token']

/** Differences between the usage of the main gateway, once it was sent, and what the callers saw. */
export async function judgeUsage(stage: Stage, rows: readonly Row[], callsOf: CallsOf): Promise<string[]> {
  const expected = WHOSE.map((who) => ({ who, bounds: boundsOf(ofKey(rows, who), callsOf) }))
  const untilMs = Date.now() + SETTLES_WITHIN_MS
  for (;;) {
    const report = await readReport(stage)
    const faults = expected.flatMap(({ who, bounds }) =>
      outOfBounds(who, report.get(stage.places.main.keyIds[who]), bounds),
    )
    if (faults.length === 0 || Date.now() > untilMs) return faults
    await sleep(LOOK_EVERY_MS)
  }
}

/**
 * What a key's usage can be. It is exact where every caller stayed and every answer was whole and named its tokens; what
 * left, broke or named nothing may have cost up to the whole answer, or the gateway's estimate of it.
 *
 * @param rows requests that the gateway counts.
 */
export function boundsOf(rows: readonly Row[], callsOf: CallsOf): Bounds {
  const stayed = rows.filter(({ category }) => category !== 'left')
  const seen = rows.filter(({ category, isShared }) => category === 'answered' && !isShared)
  const least: Counted = {
    requests: stayed.length,
    cache_hits: stayed.filter(({ category, isShared }) => category === 'answered' && isShared).length,
    input_tokens: sum(seen, ({ tokens }) => tokens?.input ?? 0),
    // What a caller has read must be charged, even if it left or its stream broke.
    output_tokens: sum(rows, ({ tokens, isShared, readTokens }) =>
      isShared ? 0 : (tokens?.output ?? readTokens),
    ),
  }
  const left = rows.length - stayed.length
  const uncertain = rows.filter(({ category, isShared, tokens }) => {
    if (category === 'answered') return !isShared && !tokens
    return category === 'left' || category === 'truth'
  })
  return {
    least,
    most: {
      requests: least.requests + left,
      cache_hits: least.cache_hits + left,
      input_tokens: least.input_tokens + sum(uncertain, (row) => mostInput(callsOf(row.plan.question))),
      output_tokens:
        least.output_tokens + sum(uncertain, (row) => mostOutput(row, callsOf(row.plan.question))),
    },
  }
}

/** What of a key's usage is out of its bounds, in words. */
export function outOfBounds(who: string, found: Counted | undefined, { least, most }: Bounds): string[] {
  return NAMES.filter((name) => {
    const value = found?.[name] ?? 0
    return value < least[name] || value > most[name]
  }).map((name) => `${who}: ${name} ${found?.[name] ?? 0}, expected ${least[name]} to ${most[name]}`)
}

/** Requests that the gateway counts: all but those without a valid credential or at an unknown path. */
function ofKey(rows: readonly Row[], who: Who): Row[] {
  return rows.filter(
    ({ plan, isOwn, status }) =>
      plan.site === 'main' && plan.who === who && (!isOwn || COUNTED_REFUSALS.includes(status)),
  )
}

function mostInput(calls: readonly UpstreamCall[]): number {
  return Math.max(0, ...calls.map(({ requestBytes }) => Math.ceil(requestBytes / BYTES_PER_INPUT_TOKEN)))
}

function mostOutput({ plan, status }: Row, calls: readonly UpstreamCall[]): number {
  const whole = Math.ceil(countTokens(rightText(plan.text)))
  const sizes = calls.map(({ responseBytes }) => Math.ceil(responseBytes / STREAM_BYTES_PER_OUTPUT_TOKEN))
  return Math.max(whole, ...sizes, estimatedOutput(plan, status))
}

/** A limited caller is charged what was reserved if no usage came; a stream that had begun only if tokens are bounded. */
function estimatedOutput({ who, manner }: Plan, status: number): number {
  const hasBegun = manner.stream && status === 200
  if (!LIMITED.includes(who) || (hasBegun && who !== 'limited')) return 0
  return manner.dialect === 'anthropic' ? MAX_TOKENS : ESTIMATED_OUTPUT_TOKENS
}

async function readReport({ places, adminToken }: Stage): Promise<Map<string, Counted>> {
  const response = await fetch(`${places.main.address}/edge/usage?group_by=key`, {
    headers: { authorization: `Bearer ${adminToken}` },
  })
  if (!response.ok) throw new Error(`The usage cannot be read: ${await response.text()}`)
  const { rows } = (await response.json()) as { rows: (Counted & { key: string })[] }
  return new Map(rows.map((row) => [row.key, row]))
}

function sum(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((all, row) => all + of(row), 0)
}
