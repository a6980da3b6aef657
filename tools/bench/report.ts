import { cpus, loadavg } from 'node:os'
import { HIT_CASE, LIMITED_CASE, METERED_CASE, PLAIN_CASE } from './cases.ts'
import { type ChunkCost, METERED_STREAM, TEED_STREAM, UNMETERED_STREAM } from './chunks.ts'
import { type FirstByte, PLAIN_STREAM } from './first-byte.ts'
import type { Spread } from './statistics.ts'
import { type Comparison, METERED_CHECKED, PLAIN_CHECKED, type Throughput } from './throughput.ts'

/** The goals. The run prints whether each is reached; docs/benchmarks.md has the figures. */
const AIMED = {
  /** The share of the bare Worker's requests, with cache lookup and metering. */
  meteredShare: 0.38,
  /** The same without cache and metering. */
  plainShare: 0.55,
  /** The share of requests with limits compared with those without. */
  limitedShare: 0.8,
  /** The share of the bare Worker's requests, served from memory. */
  memoryShare: 1,
  /** The cost per frame compared with the bare Worker's. */
  frameRatio: 1.5,
  /** The cost per frame compared with an unmetered one, at 30 frames a second. */
  slowFrameRatio: 1.3,
  /** The additional time of a session token compared with a key. */
  tokenMicroseconds: 100,
  addedFirstByteMs: 0.5,
}

/** Where the numbers come from. */
export interface Machine {
  cores: number
  model: string
  /** The load average before the run (one minute); other load makes numbers worse. */
  loadBefore: number
  node: string
  workerd: string
}

/** All results of a run. */
export interface Report {
  machine: Machine
  throughput: Throughput
  /** Empty if the system does not report CPU time. */
  chunks: ChunkCost[]
  /** The same at 30 frames a second. */
  slowChunks: ChunkCost[]
  firstByte: FirstByte[]
}

/** Describes the machine; must be called before the load. */
export function describeMachine(workerdVersion: string): Machine {
  const [cpu] = cpus()
  return {
    cores: cpus().length,
    model: cpu?.model ?? 'unknown processor',
    loadBefore: loadavg()[0] ?? 0,
    node: process.version,
    workerd: workerdVersion,
  }
}

/** The report as plain text, at most 110 characters wide. */
export function printable({ machine, throughput, chunks, slowChunks, firstByte }: Report): string {
  const { comparisons, tokenMicroseconds } = throughput
  const ofCase = (wanted: string) => comparisons.find(({ name }) => name === wanted)
  const [metered, plain] = [ofCase(METERED_CASE.name), ofCase(PLAIN_CASE.name)]
  const [limited, memory] = [ofCase(LIMITED_CASE.name), ofCase(HIT_CASE.name)]
  const added = (wanted: string) => firstByte.find(({ name }) => name === wanted)?.added
  const sections = [
    [
      `${machine.cores} cores of ${machine.model}, Node.js ${machine.node}, workerd ${machine.workerd}, load before ${machine.loadBefore.toFixed(1)}`,
      'Medians, with quartiles in brackets. Ratios compare neighbours in the same run.',
    ],
    [
      row('Non-stream, 32 callers', 'requests/s', 'of bare', 'of bare + KV read', 'of by hand'),
      ...comparisons.map(({ name, rate, ofBare, ofLookup, ofByHand }) =>
        row(name, show(rate, 0), show(ofBare.rate, 2), show(ofLookup.rate, 2), show(ofByHand.rate, 2)),
      ),
    ],
    [
      row('The same by CPU time', 'µs/request', 'of bare', 'of bare + KV read', 'of by hand'),
      ...comparisons.map(({ name, cpuMicroseconds, ofBare, ofLookup, ofByHand }) =>
        row(
          name,
          show(cpuMicroseconds, 0),
          show(ofBare.cpu, 2),
          show(ofLookup.cpu, 2),
          show(ofByHand.cpu, 2),
        ),
      ),
    ],
    streamTable('Streams, 20 at 500 frames/s', chunks),
    streamTable('Streams, 100 at 30 frames/s', slowChunks),
    [
      row('First byte, cores awake, ms', 'bare Worker', 'gateway', 'added'),
      ...firstByte.map(({ name, bare, gateway, added }) =>
        row(name, show(bare, 2), show(gateway, 2), show(added, 2)),
      ),
    ],
    [
      'Aimed at:',
      aim(
        `"${METERED_CASE.name}", of the bare Worker's requests${byHand(metered, ofCase(METERED_CHECKED))}`,
        metered?.ofBare,
        'at least',
        AIMED.meteredShare,
      ),
      aim(
        `"${PLAIN_CASE.name}", of the bare Worker's requests${byHand(plain, ofCase(PLAIN_CHECKED))}`,
        plain?.ofBare,
        'at least',
        AIMED.plainShare,
      ),
      aim(
        `"${HIT_CASE.name}", of the bare Worker's requests${byHand(memory)}`,
        memory?.ofBare,
        'at least',
        AIMED.memoryShare,
      ),
      `  "${LIMITED_CASE.name}", of the requests without limits (by hand ${share(ofCase('limits, by hand'), ofCase('past the cache, by hand'))}), at least ${AIMED.limitedShare}: ${share(limited, plain)}`,
      aim(
        `a metered frame, compared with the bare Worker (by hand ${frameShare(chunks, TEED_STREAM)})`,
        { cpu: chunks.find(({ name }) => name === METERED_STREAM)?.ratio },
        'at most',
        AIMED.frameRatio,
      ),
      `  a metered frame at 30 frames/s, compared with one that is not, at most ${AIMED.slowFrameRatio}: ${meteredOverUnmetered(slowChunks)}`,
      aim('a session token over a key, µs', { cpu: tokenMicroseconds }, 'at most', AIMED.tokenMicroseconds),
      aim(
        `added to the first byte, "${PLAIN_CASE.name}", ms`,
        { time: added(PLAIN_CASE.name) },
        'at most',
        AIMED.addedFirstByteMs,
      ),
      aim(
        `added to the first byte, "${PLAIN_STREAM}", ms`,
        { time: added(PLAIN_STREAM) },
        'at most',
        AIMED.addedFirstByteMs,
      ),
    ],
  ]
  if (throughput.notes.length > 0) sections.push(throughput.notes)
  return sections.map((lines) => lines.join('\n')).join('\n\n')
}

function streamTable(title: string, costs: readonly ChunkCost[]): string[] {
  return [
    row(title, 'CPU µs/frame', 'by bare Worker', 'frames/write'),
    ...costs.map(({ name, microseconds, ratio, framesPerWrite }) =>
      row(name, show(microseconds, 1), show(ratio, 2), framesPerWrite.toFixed(2)),
    ),
  ]
}

/** The medians of two rounds that ran in parallel. */
function meteredOverUnmetered(costs: readonly ChunkCost[]): string {
  const microseconds = (wanted: string) => costs.find(({ name }) => name === wanted)?.microseconds.median
  const [metered, unmetered] = [microseconds(METERED_STREAM), microseconds(UNMETERED_STREAM)]
  return metered && unmetered ? (metered / unmetered).toFixed(2) : 'not known here'
}

function row(name: string, ...cells: string[]): string {
  return (name.padEnd(28) + cells.map((cell) => cell.padStart(20)).join('')).trimEnd()
}

function show(value: Spread | undefined, digits: number): string {
  if (!value) return 'not known here'
  const [median, lower, upper] = [value.median, value.lowerQuartile, value.upperQuartile].map((each) =>
    each.toFixed(digits),
  )
  return `${median} [${lower} ${upper}]`
}

/** A goal and its measurement: by requests, by CPU time, or as a time. */
function aim(
  name: string,
  measured: { rate?: Spread | undefined; cpu?: Spread | undefined; time?: Spread | undefined } | undefined,
  kind: 'at least' | 'at most',
  bound: number,
): string {
  const verdicts = [
    ...('rate' in (measured ?? {}) ? [`by requests ${verdict(measured?.rate, kind, bound)}`] : []),
    ...('cpu' in (measured ?? {}) ? [`by CPU time ${verdict(measured?.cpu, kind, bound)}`] : []),
    ...('time' in (measured ?? {}) ? [verdict(measured?.time, kind, bound)] : []),
  ]
  return `  ${name}, ${kind} ${bound}: ${verdicts.join('; ')}`
}

/** The result of the same work in a hand-written function, and in one with the gateway's checks. */
function byHand(comparison: Comparison | undefined, checked?: Comparison): string {
  const rate = comparison?.byHandOfBare?.rate.median
  const withChecks = checked ? `, with the checks ${checked.ofBare.rate.median.toFixed(2)}` : ''
  return rate === undefined ? '' : ` (by hand ${rate.toFixed(2)}${withChecks})`
}

function frameShare(costs: readonly ChunkCost[], wanted: string): string {
  return costs.find(({ name }) => name === wanted)?.ratio.median.toFixed(2) ?? 'not known here'
}

/** The requests of one case compared with another's, by medians. */
function share(one: Comparison | undefined, other: Comparison | undefined): string {
  return one && other ? (one.rate.median / other.rate.median).toFixed(2) : 'not known here'
}

function verdict(measured: Spread | undefined, kind: 'at least' | 'at most', bound: number): string {
  if (!measured) return 'not known here'
  const isKept = kind === 'at least' ? measured.median >= bound : measured.median <= bound
  return `${measured.median.toFixed(bound < 10 ? 2 : 0)}, ${isKept ? 'reached' : 'not reached'}`
}
