import { formatDuration, formatNumber, texts } from '../texts/texts.ts'
import { Chart } from '../ui/chart.tsx'
import { useAsk } from '../ui/use-ask.ts'
import { currentRange, inGatewayZone, recent, reportQuery, type Slots } from './usage/range.ts'

interface ErrorRow {
  code: string
  reason?: string
  status?: number
  requests: number
}

interface Percentiles {
  p50?: number
  p90?: number
  p99?: number
}

interface Timings {
  requests: number
  first_ms?: Percentiles
  total_ms?: Percentiles
}

interface LatencyRow extends Timings {
  model?: string
  day?: string
  hour?: string
}

/** `GET /edge/latency`. */
export interface LatencyReport {
  rows: LatencyRow[]
  total?: Timings
}

/** The URL of a latency report over the range in the route; a slot is a day or an hour. */
export function latencyPath(by: 'model' | 'slot', keyId: string): string | undefined {
  const range = currentRange('model')
  if (!range) return undefined
  const days = recent(range)
  return `/edge/latency?${reportQuery(days, by === 'slot' ? days.unit : by, keyId)}`
}

/** Errors by code. */
export function ErrorsByCode({ keyId }: { keyId: string }) {
  const { overview, usage } = texts()
  const range = currentRange('code')
  const path = range && `/edge/errors?${reportQuery(range, 'code', keyId)}`
  const rows = useAsk<{ rows: ErrorRow[] }>(path, 'operator').data?.rows
  if (!rows || rows.length === 0) return null
  return (
    <section class="card stack">
      <h2>{overview.errorsByCode}</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{overview.errors}</th>
              <th scope="col" class="number">
                {usage.requests}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ code, reason, status, requests }) => (
              <tr key={`${status} ${code} ${reason}`}>
                <th scope="row">
                  {status} <code>{code}</code> {reason}
                </th>
                <td class="number">{formatNumber(requests)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

const PERCENTILES = ['p50', 'p90', 'p99'] as const

/** Latency percentiles by hour or day, and by model. */
export function Latency({ keyId, models }: { keyId: string; models: LatencyRow[] | undefined }) {
  const { overview } = texts()
  const whole = currentRange('model')
  const range = whole && recent(whole)
  const times = useAsk<LatencyReport>(latencyPath('slot', keyId), 'operator').data?.rows
  if (!range || !models || models.length === 0) return null
  return (
    <section class="card stack">
      <h2>{overview.latency}</h2>
      {times ? <LatencyCharts range={range} rows={times} /> : null}
      <LatencyTable rows={models} />
    </section>
  )
}

function LatencyCharts({ range: { slots, unit }, rows }: { range: Slots; rows: readonly LatencyRow[] }) {
  const { play } = texts()
  const bySlot = new Map(inGatewayZone(rows).map((row) => [row[unit], row]))
  const seriesOf = (timing: 'first_ms' | 'total_ms') =>
    PERCENTILES.map((name) => ({
      name,
      values: slots.map((slot) => bySlot.get(slot)?.[timing]?.[name] ?? 0),
    }))
  return (
    <div class="charts">
      {(['first_ms', 'total_ms'] as const).map((timing) => (
        <Chart
          key={timing}
          title={timing === 'first_ms' ? play.firstByte : play.total}
          slots={slots}
          series={seriesOf(timing)}
          format={formatDuration}
          isLines
        />
      ))}
    </div>
  )
}

function LatencyTable({ rows }: { rows: readonly LatencyRow[] }) {
  const { overview, usage, play } = texts()
  return (
    <div class="scroll">
      <table>
        <caption class="hint">{overview.latencyCaption}</caption>
        <thead>
          <tr>
            <th scope="col">{usage.dimensions.model}</th>
            <th scope="col" class="number">
              {usage.requests}
            </th>
            {[play.firstByte, play.total].flatMap((what) =>
              PERCENTILES.map((column) => (
                <th key={what + column} scope="col" class="number">
                  {what} {column}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ model, requests, first_ms, total_ms }) => (
            <tr key={model}>
              <th scope="row">{model}</th>
              <td class="number">{formatNumber(requests)}</td>
              {[first_ms, total_ms].flatMap((percentiles, at) =>
                PERCENTILES.map((column) => (
                  <td key={at + column} class="number">
                    {percentiles?.[column] === undefined ? '—' : formatNumber(percentiles[column])}
                  </td>
                )),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
