import type { UsageReport, UsageRow } from '../../gateway/shapes.ts'
import { formatMoney, formatNumber, texts } from '../../texts/texts.ts'
import { measure, sumsBy } from './measures.ts'

/** Sums of a report, one row per model, key or user, with the total at the end. */
export function UsageTable(props: {
  report: UsageReport
  by: string
  nameOf?: (dimension: string, row: UsageRow) => string
}) {
  const { usage, common } = texts()
  const { rows, currency, total } = props.report
  const sums = sumsBy(rows, (row) => props.nameOf?.(props.by, row) ?? String(row[props.by] ?? ''))
  if (sums.length === 0) return <p class="muted">{common.noData}</p>
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{usage.dimensions[props.by] ?? props.by}</th>
            {[
              usage.requests,
              usage.hits,
              usage.refused,
              usage.input,
              usage.output,
              usage.money,
              usage.saved,
            ].map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sums.map(([name, row]) => (
            <Row key={name} name={name || '—'} row={row} currency={currency} />
          ))}
        </tbody>
        <tfoot>
          <Row name={common.total} row={total} currency={currency} />
        </tfoot>
      </table>
    </div>
  )
}

function Row({ name, row, currency }: { name: string; row: UsageRow; currency: string }) {
  const counts = ['requests', 'cache_hits', 'refused', 'input_tokens', 'output_tokens']
  return (
    <tr>
      <th scope="row">{name}</th>
      {counts.map((count) => (
        <td key={count} class="number">
          {formatNumber(measure(row, count))}
        </td>
      ))}
      <td class="number">{formatMoney(measure(row, 'money'), currency)}</td>
      <td class="number">{formatMoney(measure(row, 'saved_money'), currency)}</td>
    </tr>
  )
}
