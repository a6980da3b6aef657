import { cpus, loadavg } from 'node:os'
import { THROUGHPUT_CASES } from './cases.ts'
import type { ChunkCost } from './chunks.ts'
import type { FirstByte } from './first-byte.ts'
import type { Spread } from './statistics.ts'
import type { Comparison } from './throughput.ts'

/** What the README promises: the share of the bare Worker's requests a second, and how much dearer a frame may be. */
export const PROMISED_RATE_RATIO = 0.6
export const PROMISED_CHUNK_RATIO = 1.15

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
  throughput: Comparison[]
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
  const promised = throughput.find(({ name }) => name === THROUGHPUT_CASES[0].name)
  const sections = [
    [
      `${machine.cores} cores of ${machine.model}, Node.js ${machine.node}, workerd ${machine.workerd}, load before ${machine.loadBefore.toFixed(1)}`,
      'Medians, with quartiles in brackets. Ratios compare neighbours in the same run.',
    ],
    [
      row('Non-stream, 32 callers', 'requests/s', 'of bare', 'CPU µs/request', 'of bare, by CPU'),
      ...throughput.map(({ name, rate, rateRatio, cpuMicroseconds, cpuRatio }) =>
        row(name, show(rate, 0), show(rateRatio, 2), show(cpuMicroseconds, 0), show(cpuRatio, 2)),
      ),
      `${THROUGHPUT_CASES[0].name}: ${verdict(promised?.rateRatio, PROMISED_RATE_RATIO, 'at least')}`,
    ],
    [
      row('Streams of 1,000 frames', 'CPU µs/frame', 'by bare Worker', 'frames/write', ''),
      ...chunks.map(({ name, microseconds, ratio, framesPerWrite }) =>
        row(name, show(microseconds, 1), show(ratio, 2), framesPerWrite.toFixed(2), ''),
      ),
      ...chunks
        .slice(1)
        .map(({ name, ratio }) => `${name}: ${verdict(ratio, PROMISED_CHUNK_RATIO, 'at most')}`),
    ],
    [
      row('First byte, one caller, ms', 'bare Worker', 'gateway', 'added', ''),
      ...firstByte.map(({ name, bare, gateway, added }) =>
        row(name, show(bare, 2), show(gateway, 2), show(added, 2), ''),
      ),
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

function verdict(ratio: Spread | undefined, promised: number, kind: 'at least' | 'at most'): string {
  if (!ratio) return 'not measured.'
  const isKept = kind === 'at least' ? ratio.median >= promised : ratio.median <= promised
  return `promised is ${kind} ${promised}; ${isKept ? 'kept' : 'not kept'}.`
}
