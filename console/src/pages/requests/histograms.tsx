import { useMemo } from 'preact/hooks'
import type { RequestRow } from '../../gateway/shapes.ts'
import { formatDuration, formatMinute, formatShort, texts } from '../../texts/texts.ts'
import { Chart } from '../../ui/chart.tsx'
import type { Series } from '../../ui/series.ts'

const HEIGHT = 110

/** The number of bars of the chart over time. */
const TIME_SLOTS = 40

/** Upper bounds of the bars of the chart over durations, in milliseconds. */
const DURATIONS_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000]

/** The outcomes of requests, in the order of the bars; status 0 is a caller that left. */
const OUTCOMES = ['2xx', '4xx', '5xx', 'left'] as const

/** When the requests of the list arrived, and how long they took; needs at least one. */
export function Histograms({ rows }: { rows: readonly RequestRow[] }) {
  const { requests, play } = texts()
  const [times, durations] = useMemo(() => [overTime(rows), overDuration(rows)], [rows, texts()])
  return (
    <div class="charts">
      <Chart title={requests.title} {...times} format={formatShort} height={HEIGHT} />
      <Chart title={play.total} {...durations} format={formatShort} height={HEIGHT} />
    </div>
  )
}

function overTime(rows: readonly RequestRow[]) {
  const times = rows.map(({ started_at }) => Date.parse(started_at))
  const first = times.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY)
  const last = times.reduce((one, other) => Math.max(one, other), 0)
  const stepMs = Math.max(1, (last - first) / TIME_SLOTS)
  const slotOf = (_: RequestRow, index: number) =>
    Math.min(TIME_SLOTS - 1, Math.floor(((times[index] ?? first) - first) / stepMs))
  const slots = Array.from({ length: TIME_SLOTS }, (_, slot) => formatMinute(first + slot * stepMs))
  return { slots, series: seriesOf(rows, slots.length, slotOf) }
}

function overDuration(rows: readonly RequestRow[]) {
  const slotOf = ({ total_ms = 0 }: RequestRow) => {
    const slot = DURATIONS_MS.findIndex((bound) => total_ms <= bound)
    return slot < 0 ? DURATIONS_MS.length : slot
  }
  const longest = formatDuration(DURATIONS_MS.at(-1) ?? 0)
  const slots = [...DURATIONS_MS.map((bound) => `≤ ${formatDuration(bound)}`), `> ${longest}`]
  return { slots, series: seriesOf(rows, slots.length, slotOf) }
}

function seriesOf(
  rows: readonly RequestRow[],
  count: number,
  slotOf: (row: RequestRow, index: number) => number,
): Series[] {
  const series = OUTCOMES.map((name) => ({ name, values: Array.from({ length: count }, () => 0) }))
  for (const [index, row] of rows.entries()) {
    const values = series[outcomeOf(row.status)]?.values
    const slot = slotOf(row, index)
    if (values) values[slot] = (values[slot] ?? 0) + 1
  }
  return series.filter(({ values }) => values.some((value) => value > 0))
}

function outcomeOf(status: number): number {
  return status === 0 ? 3 : status >= 500 ? 2 : status >= 400 ? 1 : 0
}
