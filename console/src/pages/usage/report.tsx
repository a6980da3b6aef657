import { useState } from 'preact/hooks'
import type { As } from '../../gateway/ask.ts'
import type { UsageReport, UsageRow } from '../../gateway/shapes.ts'
import { route, setQuery } from '../../state/route.ts'
import { formatMoney, formatNumber, formatShort, texts } from '../../texts/texts.ts'
import { ShowAsked } from '../../ui/asked.tsx'
import { Chart } from '../../ui/chart.tsx'
import { Choice } from '../../ui/controls.tsx'
import { download } from '../../ui/download.ts'
import { seriesOf } from '../../ui/series.ts'
import { useAsk } from '../../ui/use-ask.ts'
import { failedOf, measure, tokensOf } from './measures.ts'
import { currentRange, RANGES, type Range, reportQuery, type Slots, within } from './range.ts'
import { UsageTable } from './table.tsx'
import { askUsage, askUsageCsv } from './whole.ts'

/**
 * Charts and a table of usage. Range and grouping are part of the URL.
 *
 * @param props.dimensions the dimensions of rows; the first one is the default.
 * @param props.keyId the key to show for the operator; undefined: all.
 */
export function Report(props: {
  as: As
  dimensions: readonly string[]
  keyId?: string | undefined
  nameOf?: (dimension: string, row: UsageRow) => string
  header?: (report: UsageReport, range: Range) => preact.ComponentChildren
}) {
  const { usage, common } = texts()
  const { query } = route.value
  const by = props.dimensions.find((each) => each === query.get('by')) ?? props.dimensions[0] ?? 'model'
  const [view, setView] = useState<'chart' | 'table'>('chart')
  const range = currentRange(by)
  const path = range && `/edge/usage?${reportQuery(range, `${range.unit},${by}`, props.keyId)}`
  const asked = useAsk(path, props.as, askUsage)
  return (
    <section class="stack" aria-busy={asked.isLoading}>
      <div class="row">
        <Choice
          label={usage.range}
          value={range?.name ?? ''}
          options={RANGES.map((each) => [each, common.days(each)] as const)}
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
        <CsvButton path={path} range={range} as={props.as} />
      </div>
      <ShowAsked asked={asked}>
        {(whole) => range && <Shown {...props} report={within(whole, range)} {...{ range, by, view }} />}
      </ShowAsked>
    </section>
  )
}

function Shown(props: {
  report: UsageReport
  range: Range
  by: string
  view: 'chart' | 'table'
  nameOf?: (dimension: string, row: UsageRow) => string
  header?: (report: UsageReport, range: Range) => preact.ComponentChildren
}) {
  const { report, range, by, view } = props
  const { usage } = texts()
  const naming = props.nameOf && { nameOf: props.nameOf }
  return (
    <>
      {props.header?.(report, range)}
      {report.partial ? (
        <p class="notice">{usage.partial(report.partial.keys_asked, report.partial.keys)}</p>
      ) : null}
      {report.failed ? (
        <p class="notice">
          {usage.noMeter} {report.failed.join(', ')}
        </p>
      ) : null}
      {view === 'chart' ? (
        <Charts report={report} range={range} by={by} {...naming} />
      ) : (
        <UsageTable report={report} by={by} {...naming} />
      )}
    </>
  )
}

function Charts(props: {
  report: UsageReport
  range: Slots
  by: string
  nameOf?: (dimension: string, row: UsageRow) => string
}) {
  const { usage, overview, common } = texts()
  const { rows, currency } = props.report
  const { slots, unit } = props.range
  const nameOf = (row: UsageRow) => props.nameOf?.(props.by, row) ?? String(row[props.by] ?? '')
  const money = (value: number) => (value === 0 ? formatNumber(0) : formatMoney(value, currency))
  const chart = (title: string, measureOf: (row: UsageRow) => number, format = formatShort) => ({
    title,
    slots,
    series: seriesOf(rows, slots, unit, nameOf, measureOf, common.other),
    format,
  })
  const unpriced = new Set(rows.filter((row) => measure(row, 'unpriced') > 0).map((row) => row[unit]))
  return (
    <div class="charts">
      <Chart {...chart(usage.requests, (row) => row.requests)} />
      <Chart {...chart(usage.tokens, tokensOf)} />
      <Chart
        {...chart(usage.money, (row) => measure(row, 'money'), money)}
        hatched={slots.map((slot) => unpriced.has(slot))}
        hatchedMeaning={usage.hatched}
      />
      <Chart {...chart(usage.saved, (row) => measure(row, 'saved_money'), money)} />
      <Chart {...chart(overview.errors, failedOf)} />
    </div>
  )
}

/** Downloads a report in the format of the API. */
export function CsvButton({
  path,
  range,
  as,
}: {
  path?: string | undefined
  range?: Range | undefined
  as: As
}) {
  const save = async () => {
    const csv = await askUsageCsv(path ?? '', { as })
    download(`usage-${range?.slots[0]}-${range?.slots.at(-1)}.csv`, 'text/csv', csv)
  }
  return (
    <button type="button" disabled={path === undefined} onClick={save}>
      {texts().common.csv}
    </button>
  )
}
