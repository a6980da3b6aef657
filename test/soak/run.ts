/**
 * A soak: mixed traffic through faults on all sides, and a ledger of how every request ended. `npm run soak` takes ten
 * minutes, `npm run soak -- --minutes 1` one; `--seed N` repeats the plans of a run. Memory is shown in all and judged in
 * those of ten minutes and more. Prints `N passed, N failed`.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Fault, stormAt } from './faults.ts'
import { missing, table, unexplained, wrongCalls } from './ledger.ts'
import { judgeMemory, MEMORY_JUDGED_FROM_MS, sampleMemory, showMemory } from './memory.ts'
import { planOf } from './plan.ts'
import { setStage } from './stage.ts'
import { sendTraffic } from './traffic.ts'
import { judgeUsage } from './usage.ts'
import type { Row } from './verdict.ts'

const DEFAULT_MINUTES = 10
const PROGRESS_EVERY_MS = 30_000
/** More would only repeat the same fault. */
const MAX_FAULTS_SHOWN = 20

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
const minutes = positive('minutes', values.minutes, DEFAULT_MINUTES)
const seed = positive('seed', values.seed, Date.now() % 2 ** 32)
const lengthMs = minutes * 60_000

process.chdir(join(import.meta.dirname, '..', '..'))
// workerd ends with this process, so it has to end in order.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

// The gateways' logs have a line for each request; here only the ledger counts.
const { log } = console
console.log = () => undefined
console.error = () => undefined

let startMs = Number.POSITIVE_INFINITY
const stage = await setStage(faultOf)
const rows: Row[] = []
let checks: [what: string, faults: readonly string[]][]
try {
  startMs = Date.now()
  log(`Seed ${seed}, ${minutes} minutes.`)
  const memory = sampleMemory(stage.mainHeap, stage.mainPid, () => Date.now() - startMs)
  const progress = setInterval(
    () => log(`${seconds()} s: ${rows.length} requests, ${unexplained(rows).length} unexplained.`),
    PROGRESS_EVERY_MS,
  )
  await sendTraffic(stage, seed, lengthMs, (row) => rows.push(row))
  clearInterval(progress)
  memory.stop()
  const { calls } = stage.proxy
  checks = [
    ['the ledger balances: every request was answered, refused or told the truth', unexplained(rows)],
    ['upstream calls are what the requests allow', wrongCalls(rows, calls)],
    [
      'the usage is what the callers saw',
      await judgeUsage(stage, rows, (question) => calls.get(question) ?? []),
    ],
    ['every kind of traffic and fault occurred', missing(rows, calls)],
  ]
  if (lengthMs >= MEMORY_JUDGED_FROM_MS) checks.push(['memory is flat', judgeMemory(memory.series, lengthMs)])
  log(table(rows))
  log(
    `${[...calls.values()].flat().length} upstream calls; ${rows.filter(({ isShared }) => isShared).length} answers shared.`,
  )
  log(`Memory, its garbage collected: ${showMemory(memory.series, lengthMs)}`)
  if (lengthMs < MEMORY_JUDGED_FROM_MS) log('Memory is not judged: that takes ten minutes.')
} finally {
  await stage.stop()
}

for (const [what, faults] of checks) {
  log(`${faults.length === 0 ? 'passed' : 'failed'}  ${what}`)
  for (const fault of faults.slice(0, MAX_FAULTS_SHOWN)) log(`  ${fault}`)
  if (faults.length > MAX_FAULTS_SHOWN) log(`  and ${faults.length - MAX_FAULTS_SHOWN} more`)
}
const failed = checks.filter(([, faults]) => faults.length > 0).length
log(`${checks.length - failed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)

/** What hits an upstream call: the storm that is on, else what its question's plan says. */
function faultOf(question: number | undefined, isFirst: boolean): Fault {
  const storm = stormAt(Date.now() - startMs)
  if (storm) return storm
  if (question === undefined) return { kind: 'none' }
  const { fault, hits } = planOf(seed, question)
  return isFirst || hits === 'every' ? fault : { kind: 'none' }
}

function seconds(): number {
  return Math.round((Date.now() - startMs) / 1000)
}

function positive(name: string, text: string | undefined, fallback: number): number {
  const number = text === undefined ? fallback : Number(text)
  if (Number.isFinite(number) && number > 0) return number
  throw new Error(`--${name} must be a number above 0, as in --${name} 1.`)
}
