import type { UsageReport, UsageRow } from '../gateway/shapes.ts'
import { route } from '../state/route.ts'
import { formatMoney, formatNumber, formatShort, texts } from '../texts/texts.ts'
import { useAsk } from '../ui/use-ask.ts'
import { KeyChoice, useKeys } from './key-choice.tsx'
import { ErrorsByCode, Latency } from './overview-details.tsx'
import { measure, tokensOf } from './usage/measures.ts'
import { Report } from './usage/report.tsx'
import { UsageTable } from './usage/table.tsx'

/** What all keys use, for the operator. */
export function Overview() {
  const { overview } = texts()
  const keys = useKeys()
  const keyId = route.value.query.get('key') ?? ''
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
        dimensions={['model', 'key', 'user']}
        keyId={keyId || undefined}
        nameOf={nameOf}
        header={(report) => (
          <>
            <Cards report={report} />
            {report.total.requests > 0 ? null : <NoRequests />}
          </>
        )}
      />
      <Top keyId={keyId} nameOf={nameOf} />
      <ErrorsByCode keyId={keyId} />
      <Latency keyId={keyId} />
    </div>
  )
}

function Cards({ report: { total, currency } }: { report: UsageReport }) {
  const { usage, overview } = texts()
  const failed = measure(total, 'broken') + measure(total, 'refused')
  const share = (part: number) =>
    formatNumber(total.requests > 0 ? part / total.requests : 0, {
      style: 'percent',
      maximumFractionDigits: 1,
    })
  const cards = [
    [usage.requests, formatShort(total.requests), ''],
    [usage.tokens, formatShort(tokensOf(total)), ''],
    [
      usage.money,
      formatMoney(measure(total, 'money'), currency),
      measure(total, 'unpriced') > 0 ? usage.unpriced : '',
    ],
    [usage.saved, formatMoney(measure(total, 'saved_money'), currency), share(measure(total, 'cache_hits'))],
    [overview.errors, share(failed), formatNumber(failed)],
  ] as const
  return (
    <dl class="cards">
      {cards.map(([name, value, more]) => (
        <div key={name} class="card">
          <dt>{name}</dt>
          <dd>{value}</dd>
          {more ? <dd class="muted">{more}</dd> : null}
        </div>
      ))}
    </dl>
  )
}

function NoRequests() {
  const { overview, frame } = texts()
  return (
    <p class="notice">
      {overview.empty} <a href="#/play">{frame.pages.play}</a>
    </p>
  )
}

function Top(props: { keyId: string; nameOf: (dimension: string, row: UsageRow) => string }) {
  const { overview } = texts()
  const asked = useAsk<UsageReport>(
    `/edge/usage?group_by=key${props.keyId ? `&key=${props.keyId}` : ''}`,
    'operator',
  )
  if (!asked.data) return null
  return (
    <section class="card stack">
      <h2>{overview.top}</h2>
      <UsageTable report={asked.data} by="key" nameOf={props.nameOf} />
    </section>
  )
}
