import { allowedCalls, neededCalls } from './allowance.ts'
import type { FaultKind } from './faults.ts'
import { TRAFFIC_KINDS } from './plan.ts'
import type { UpstreamCall } from './proxy.ts'
import type { Category, Row } from './verdict.ts'

/** Upstream calls by question; undefined stands for those of no question. */
export type Calls = ReadonlyMap<number | undefined, readonly UpstreamCall[]>

const CATEGORIES: readonly Category[] = ['answered', 'refused', 'truth', 'left', 'unexplained']

const FAULTS: readonly FaultKind[] = [
  'none',
  'delay',
  'trickle',
  'drop',
  'cut',
  'reset',
  'half-open',
  'storm',
]

/** The requests that nothing explains, in words. */
export function unexplained(rows: readonly Row[]): string[] {
  return rows
    .filter(({ category }) => category === 'unexplained')
    .map(({ plan, why }) => {
      const { index, traffic, site, manner, fault } = plan
      const kind = `${manner.dialect} ${manner.stream ? 'stream' : 'answer'}`
      return `plan ${index} (${traffic}, ${site}, ${kind}, ${fault.kind}): ${why}`
    })
}

/** The questions that were asked upstream more or less often than their requests can explain. */
export function wrongCalls(rows: readonly Row[], calls: Calls): string[] {
  const faults: string[] = []
  const byQuestion = Map.groupBy(rows, ({ plan }) => plan.question)
  for (const [question, own] of byQuestion) {
    const made = calls.get(question)?.length ?? 0
    const [least, most] = [neededCalls(own), allowedCalls(own)]
    if (made < least || made > most)
      faults.push(
        `question ${question} (${own[0]?.plan.traffic}): ${made} calls, allowed ${least} to ${most}`,
      )
  }
  for (const [question, made] of calls) {
    if (question === undefined || !byQuestion.has(question))
      faults.push(`${made.length} calls for a question that was never asked (${question})`)
  }
  return faults
}

/** The kinds of traffic and faults that did not occur: a ledger without them shows nothing. */
export function missing(rows: readonly Row[], calls: Calls): string[] {
  const traffic = new Set(rows.map(({ plan }) => plan.traffic))
  const faults = new Set([...calls.values()].flat().map(({ fault }) => fault))
  return [
    ...TRAFFIC_KINDS.filter((kind) => !traffic.has(kind)).map((kind) => `no traffic of the kind ${kind}`),
    ...FAULTS.filter((kind) => !faults.has(kind)).map((kind) => `no fault of the kind ${kind}`),
  ]
}

/** The ledger as a table: kinds of traffic by how their requests ended. */
export function table(rows: readonly Row[]): string {
  const lines = TRAFFIC_KINDS.map((kind) => {
    const own = rows.filter(({ plan }) => plan.traffic === kind)
    return line(kind, counts(own))
  })
  return [line('', [...CATEGORIES]), ...lines, line('all', counts(rows))].join('\n')
}

function counts(rows: readonly Row[]): string[] {
  return CATEGORIES.map((category) => String(rows.filter((row) => row.category === category).length))
}

function line(name: string, cells: readonly string[]): string {
  return name.padEnd(16) + cells.map((cell) => cell.padStart(12)).join('')
}
