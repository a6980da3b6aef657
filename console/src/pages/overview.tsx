import { useState } from 'preact/hooks'
import type { UsageReport, UsageRow } from '../gateway/shapes.ts'
import { firstCommand } from '../play/snippets.ts'
import { route } from '../state/route.ts'
import { formatDuration, formatMoney, formatNumber, formatShort, texts } from '../texts/texts.ts'
import { CodeBlock } from '../ui/code-block.tsx'
import { Choice } from '../ui/controls.tsx'
import { useAsk } from '../ui/use-ask.ts'
import { KeyChoice, useKeys } from './key-choice.tsx'
import { ErrorsByCode, Latency, type LatencyReport, latencyPath } from './overview-details.tsx'
import { failedOf, measure, tokensOf } from './usage/measures.ts'
import { currentRange, type Range, reportQuery, within } from './usage/range.ts'
import { CsvButton, Report } from './usage/report.tsx'
import { UsageTable } from './usage/table.tsx'
import { askUsage } from './usage/whole.ts'

/** The dimensions of usage; the first one is the default. */
const DIMENSIONS = ['model', 'key', 'user'] as const

/** The usage of all keys, for the operator. */
export function Overview() {
  const { overview } = texts()
  const keys = useKeys()
  const keyId = route.value.query.get('key') ?? ''
  const latency = useAsk<LatencyReport>(latencyPath('model', keyId), 'operator').data
  const names = new Map(keys.map(({ id, name }) => [id, name]))
  const nameOf = (dimension: string, row: UsageRow) =>
    dimension === 'key'
      ? (names.get(row.key ?? '') ?? row.name ?? row.key ?? '')
      : String(row[dimension] ?? '')
  return (
    <div class="stack">
      <div class="row">
        <h1 class="grow">{overview.title}</h1>
        <KeyChoice keys={keys} none={overview.allKeys} />
      </div>
      <Report
        as="operator"
        dimensions={DIMENSIONS}
        keyId={keyId || undefined}
        nameOf={nameOf}
        header={(report, range) => (
          <>
            <Cards report={report} range={range} keyId={keyId} latency={latency} />
            {report.total.requests > 0 ? null : <NoRequests />}
          </>
        )}
      />
      <Top keyId={keyId} nameOf={nameOf} />
      <ErrorsByCode keyId={keyId} />
      <Latency keyId={keyId} models={latency?.rows} />
    </div>
  )
}

function Cards(props: {
  report: UsageReport
  range: Range
  keyId: string
  latency: LatencyReport | undefined
}) {
  const { report, range, keyId, latency } = props
  const { usage, overview, play } = texts()
  const { total, currency } = report
  const earlier = useAsk(
    range.before && `/edge/usage?${reportQuery(range.before, range.before.unit, keyId)}`,
    'operator',
    askUsage,
  ).data
  const before = range.before && earlier && within(earlier, range.before).total
  const change = (measureOf: (row: UsageRow) => number) => {
    const then = before ? measureOf(before) : 0
    return then > 0 ? overview.change(percent((measureOf(total) - then) / then, 'exceptZero')) : ''
  }
  const share = (part: number) => percent(total.requests > 0 ? part / total.requests : 0)
  const money = (row: UsageRow) => measure(row, 'money')
  const saved = (row: UsageRow) => measure(row, 'saved_money')
  const percentiles = (timing: 'first_ms' | 'total_ms') => {
    const { p50, p99 } = latency?.total?.[timing] ?? {}
    return p50 === undefined || p99 === undefined ? '' : `${formatDuration(p50)} / ${formatDuration(p99)}`
  }
  const cards = [
    [usage.requests, formatShort(total.requests), '', change((row) => row.requests)],
    [usage.tokens, formatShort(tokensOf(total)), '', change(tokensOf)],
    [
      usage.money,
      formatMoney(money(total), currency),
      measure(total, 'unpriced') > 0 ? usage.unpriced(formatNumber(measure(total, 'unpriced'))) : '',
      change(money),
    ],
    [usage.saved, formatMoney(saved(total), currency), share(measure(total, 'cache_hits')), change(saved)],
    [overview.errors, share(failedOf(total)), formatNumber(failedOf(total)), change(failedOf)],
    [
      `${play.firstByte} p50 / p99`,
      percentiles('first_ms') || '—',
      percentiles('total_ms') && `${play.total} ${percentiles('total_ms')}`,
      '',
    ],
  ] as const
  return (
    <dl class="cards">
      {cards.map(([name, value, more, change]) => (
        <div key={name} class="card">
          <dt>{name}</dt>
          <dd>{value}</dd>
          {more ? <dd class="muted">{more}</dd> : null}
          {change ? <dd class="muted">{change}</dd> : null}
        </div>
      ))}
    </dl>
  )
}

function percent(value: number, signDisplay: 'auto' | 'exceptZero' = 'auto'): string {
  return formatNumber(value, { style: 'percent', maximumFractionDigits: 1, signDisplay })
}

function NoRequests() {
  const { overview, frame } = texts()
  return (
    <div class="notice">
      <p>
        {overview.empty} <a href="#/play">{frame.pages.play}</a>
      </p>
      <CodeBlock text={firstCommand()} />
    </div>
  )
}

function Top(props: { keyId: string; nameOf: (dimension: string, row: UsageRow) => string }) {
  const { overview, usage } = texts()
  const [by, setBy] = useState<string>('key')
  const range = currentRange(by)
  const path = range && `/edge/usage?${reportQuery(range, `${range.unit},${by}`, props.keyId)}`
  const asked = useAsk(path, 'operator', askUsage)
  return (
    <section class="card stack" aria-busy={asked.isLoading}>
      <div class="row">
        <h2 class="grow">{overview.top}</h2>
        <Choice
          label={overview.top}
          value={by}
          options={DIMENSIONS.map((each) => [each, usage.dimensions[each] ?? each] as const)}
          onChange={setBy}
        />
        <CsvButton path={path} range={range} as="operator" />
      </div>
      {asked.data && range ? (
        <UsageTable report={within(asked.data, range)} by={by} nameOf={props.nameOf} />
      ) : null}
    </section>
  )
}
