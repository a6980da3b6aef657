import type { Spread } from '../statistics.ts'
import { judge } from './claims.ts'
import { IDENTICAL_CALLERS } from './identical.ts'
import { LEAVING_DEADLINE_MS } from './leaving.ts'
import type { Machine, Result, StreamCost, Times } from './result.ts'

/** A table, to be formatted as plain text or Markdown: names in the first column, numbers in the others. */
export interface Table {
  head: string[]
  rows: string[][]
}

/** The run's tables, in reading order. */
export function tablesOf(result: Result): Table[] {
  const { throughput, streams, firstEvent, memory, leaving, identical, streamsOpen } = result
  const lengths = [...new Set(streams.map(({ events }) => events))]
  return [
    {
      head: ['JSON, 32 callers', 'requests/s', 'CPU µs/request'],
      rows: throughput.map(({ name, perSecond, cpuMicroseconds }) => [
        name,
        show(perSecond, 0),
        show(cpuMicroseconds, 0),
      ]),
    },
    {
      head: ['Streams, 10 callers; CPU µs/event', ...lengths.map((length) => `${length} events`)],
      rows: namesOf(streams).map((name) => [
        name,
        ...lengths.map((length) => show(costOf(streams, name, length), 1)),
      ]),
    },
    {
      head: ['First event, one caller', 'ms added to direct'],
      rows: firstEvent.map(({ name, spread }) => [name, show(spread, 2)]),
    },
    {
      head: [`Memory, ${streamsOpen} streams asked for at once`, 'open', 'MiB before', 'MiB with them'],
      rows: memory.map(({ name, before, open, streams }) => [
        name,
        String(streams),
        before.toFixed(0),
        open.toFixed(0),
      ]),
    },
    {
      head: ["Caller's leaving to upstream's abort, ms", ...leaving.map(({ flow }) => flow)],
      rows: (leaving[0]?.times ?? []).map(({ name }) => [
        name,
        ...leaving.map(({ times }) => showTimes(times.find((each) => each.name === name))),
      ]),
    },
    {
      head: [`${IDENTICAL_CALLERS} identical requests at once`, 'upstream calls'],
      rows: identical.map(({ name, calls }) => [name, [...new Set(calls)].join(', ')]),
    },
  ]
}

/** The claims that the numbers support or not, and remarks about them. */
export function sentencesOf(result: Result): { claims: string[]; remarks: string[] } {
  const { machine, rounds, remarks } = result
  return {
    claims: judge(result).map(({ sentence, isSupported, measured }) =>
      isSupported
        ? `${sentence} Measured: ${measured}.`
        : `Not supported by this run: "${sentence}" Measured: ${measured}.`,
    ),
    remarks: [
      sentenceOnMachine(machine),
      `Medians of ${rounds} rounds in turns, quartiles in brackets. ${sentenceOnOthers(machine)}`,
      ...remarks,
    ],
  }
}

/** When and where the run was, and with which versions. */
export function sentenceOnMachine({ date, cores, model, versions }: Machine): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${date}, ${cores} cores of ${model}, shared by load, contender and upstream; ${named.join(', ')}.`
}

/** The other load of the machine, which makes the numbers noisier. */
export function sentenceOnOthers({ otherShare }: Machine): string {
  return `Other programs used ${(100 * otherShare).toFixed(0)} % of the machine meanwhile.`
}

function namesOf(streams: readonly StreamCost[]): string[] {
  return [...new Set(streams.map(({ name }) => name))]
}

function costOf(streams: readonly StreamCost[], name: string, events: number): Spread | undefined {
  return streams.find((each) => each.name === name && each.events === events)?.cpuMicroseconds
}

function showTimes(times: Times | undefined): string {
  if (times?.spread) return show(times.spread, 1)
  return `not within ${LEAVING_DEADLINE_MS} ms`
}

function show(value: Spread | undefined, digits: number): string {
  if (!value) return '–'
  const [median, lower, upper] = [value.median, value.lowerQuartile, value.upperQuartile].map((each) =>
    each.toFixed(digits),
  )
  return `${median} [${lower} ${upper}]`
}
