import { cpus, loadavg } from 'node:os'
import { PROMISED_CASE } from './cases.ts'
import { type ChunkCost, PROMISED_STREAM } from './chunks.ts'
import type { FirstByte } from './first-byte.ts'
import type { Spread } from './statistics.ts'
import type { Throughput } from './throughput.ts'

/**
 * What the README promises: the share of the bare Worker's requests, how much dearer a frame may be, and what a session
 * token may cost beside a key.
 */
const PROMISED_SHARE = 0.6
const PROMISED_CHUNK_RATIO = 1.15
const PROMISED_TOKEN_MICROSECONDS = 100

/** Where the numbers come from. */
export interface Machine {
  cores: number
  model: string
  /** Programs that wanted the processor before the run began (one-minute average): other work makes numbers worse. */
  loadBefore: number
  node: string
  workerd: string
}

/** All that one run found. */
export interface Report {
  machine: Machine
  throughput: Throughput
  /** Empty where the system does not tell CPU time. */
  chunks: ChunkCost[]
  firstByte: FirstByte[]
}

/** Describes the machine; to be called before it is put under load. */
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
export function printable({ machine, throughput, chunks, firstByte }: Report): string {
  const { comparisons, tokenMicroseconds } = throughput
  const promised = comparisons.find(({ name }) => name === PROMISED_CASE.name)
  const stream = chunks.find(({ name }) => name === PROMISED_STREAM)
  const sections = [
    [
      `${machine.cores} cores of ${machine.model}, Node.js ${machine.node}, workerd ${machine.workerd}, load before ${machine.loadBefore.toFixed(1)}`,
      'Medians, with quartiles in brackets. Ratios compare neighbours in the same run.',
    ],
    [
      row('Non-stream, 32 callers', 'requests/s', 'of bare', 'of bare + KV read'),
      ...comparisons.map(({ name, rate, ofBare, ofLookup }) =>
        row(name, show(rate, 0), show(ofBare.rate, 2), show(ofLookup.rate, 2)),
      ),
    ],
    [
      row('The same by CPU time', 'µs/request', 'of bare', 'of bare + KV read'),
      ...comparisons.map(({ name, cpuMicroseconds, ofBare, ofLookup }) =>
        row(name, show(cpuMicroseconds, 0), show(ofBare.cpu, 2), show(ofLookup.cpu, 2)),
      ),
    ],
    [
      row('Streams', 'CPU µs/frame', 'by bare Worker', 'frames/write'),
      ...chunks.map(({ name, microseconds, ratio, framesPerWrite }) =>
        row(name, show(microseconds, 1), show(ratio, 2), framesPerWrite.toFixed(2)),
      ),
    ],
    [
      row('First byte, one caller, ms', 'bare Worker', 'gateway', 'added'),
      ...firstByte.map(({ name, bare, gateway, added }) =>
        row(name, show(bare, 2), show(gateway, 2), show(added, 2)),
      ),
    ],
    [
      `Promised: "${PROMISED_CASE.name}" makes at least ${PROMISED_SHARE} of the bare Worker's requests.`,
      `  by requests: ${verdict(promised?.ofBare.rate, 'at least', PROMISED_SHARE)}; of bare + KV read: ${verdict(promised?.ofLookup.rate, 'at least', PROMISED_SHARE)}`,
      `  by CPU time: ${verdict(promised?.ofBare.cpu, 'at least', PROMISED_SHARE)}; of bare + KV read: ${verdict(promised?.ofLookup.cpu, 'at least', PROMISED_SHARE)}`,
      `Promised: a session token costs at most ${PROMISED_TOKEN_MICROSECONDS} µs more than a key.`,
      `  by CPU time: ${verdict(tokenMicroseconds, 'at most', PROMISED_TOKEN_MICROSECONDS)}`,
      `Promised: a frame of a stream that nobody needs to see costs at most ${PROMISED_CHUNK_RATIO} of the bare Worker's.`,
      `  by CPU time: ${verdict(stream?.ratio, 'at most', PROMISED_CHUNK_RATIO)}`,
    ],
  ]
  return sections.map((lines) => lines.join('\n')).join('\n\n')
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

function verdict(measured: Spread | undefined, kind: 'at least' | 'at most', promised: number): string {
  if (!measured) return 'not known here'
  const isKept = kind === 'at least' ? measured.median >= promised : measured.median <= promised
  return `${measured.median.toFixed(promised < 10 ? 2 : 0)}, ${isKept ? 'kept' : 'not kept'}`
}
