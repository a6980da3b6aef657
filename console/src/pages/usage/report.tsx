import { useState } from 'preact/hooks'
import { type As, askText } from '../../gateway/ask.ts'
import type { UsageReport, UsageRow } from '../../gateway/shapes.ts'
import { route, setQuery } from '../../state/route.ts'
import { formatMoney, formatNumber, formatShort, texts } from '../../texts/texts.ts'
import { ShowAsked } from '../../ui/asked.tsx'
import { Chart } from '../../ui/chart.tsx'
import { Choice } from '../../ui/controls.tsx'
import { download } from '../../ui/download.ts'
import { lastDays, seriesOf } from '../../ui/series.ts'
import { useAsk } from '../../ui/use-ask.ts'
import { measure, tokensOf } from './measures.ts'
import { UsageTable } from './table.tsx'

const RANGES = [1, 7, 30, 90, 400] as const
const DEFAULT_RANGE = 30

/**
 * Charts and a table of usage. Range and grouping are part of the address.
 *
 * @param props.dimensions the dimensions of rows, the first one by default.
 * @param props.keyId one key of the operator's; absent: all.
 */
export function Report(props: {
  as: As
  dimensions: readonly string[]
  keyId?: string | undefined
  nameOf?: (dimension: string, row: UsageRow) => string
  header?: (report: UsageReport) => preact.ComponentChildren
}) {
  const { usage, common } = texts()
  const { query } = route.value
  const days = RANGES.find((each) => String(each) === query.get('days')) ?? DEFAULT_RANGE
  const by = props.dimensions.find((each) => each === query.get('by')) ?? props.dimensions[0] ?? 'model'
  const [view, setView] = useState<'chart' | 'table'>('chart')
  const slots = lastDays(days, Date.now())
  const path = `/edge/usage?from=${slots[0]}&to=${slots.at(-1)}&group_by=day,${by}${props.keyId ? `&key=${props.keyId}` : ''}`
  const asked = useAsk<UsageReport>(path, props.as)
  return (
    <section class="stack" aria-busy={asked.isLoading}>
      <div class="row">
        <Choice
          label={usage.range}
          value={String(days)}
          options={RANGES.map((each) => [String(each), common.days(each)] as const)}
          onChange={(value) => setQuery({ days: value })}
        />
        <Choice
          label={usage.by}
          value={by}
          options={props.dimensions.map((each) => [each, usage.dimensions[each] ?? each] as const)}
          onChange={(value) => setQuery({ by: value })}
        />
        <span class="grow" />
        <Choice
          label={usage.title}
          value={view}
          options={[
            ['chart', common.chart],
            ['table', common.table],
          ]}
          onChange={setView}
        />
        <button
          type="button"
          onClick={async () =>
            download(
              `usage-${slots[0]}-${slots.at(-1)}.csv`,
              'text/csv',
              await askText(`${path}&format=csv`, { as: props.as }),
            )
          }
        >
          {common.csv}
        </button>
      </div>
      <ShowAsked asked={asked}>
        {(report) => (
          <>
            {props.header?.(report)}
            {view === 'chart' ? (
              <Charts report={report} slots={slots} by={by} {...(props.nameOf && { nameOf: props.nameOf })} />
            ) : (
              <UsageTable report={report} by={by} {...(props.nameOf && { nameOf: props.nameOf })} />
            )}
          </>
        )}
      </ShowAsked>
    </section>
  )
}

function Charts(props: {
  report: UsageReport
  slots: readonly string[]
  by: string
  nameOf?: (dimension: string, row: UsageRow) => string
}) {
  const { usage, common } = texts()
  const { rows, currency } = props.report
  const nameOf = (row: UsageRow) => props.nameOf?.(props.by, row) ?? String(row[props.by] ?? '')
  const series = (measureOf: (row: UsageRow) => number) =>
    seriesOf(rows, props.slots, 'day', nameOf, measureOf, common.other)
  const unpriced = new Set(rows.filter((row) => measure(row, 'unpriced') > 0).map(({ day }) => day))
  return (
    <div class="charts">
      <Chart
        title={usage.requests}
        slots={props.slots}
        series={series((row) => row.requests)}
        format={formatShort}
      />
      <Chart title={usage.tokens} slots={props.slots} series={series(tokensOf)} format={formatShort} />
      <Chart
        title={usage.money}
        slots={props.slots}
        series={series((row) => measure(row, 'money'))}
        format={(value) => (value === 0 ? formatNumber(0) : formatMoney(value, currency))}
        hatched={props.slots.map((day) => unpriced.has(day))}
        hatchedMeaning={usage.unpriced}
      />
    </div>
  )
}
