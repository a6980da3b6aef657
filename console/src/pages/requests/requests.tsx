import { useState } from 'preact/hooks'
import { askText } from '../../gateway/ask.ts'
import { GatewayFailure } from '../../gateway/failure.ts'
import type { RequestRow } from '../../gateway/shapes.ts'
import { gateway, operator } from '../../state/credentials.ts'
import { hashOf, route, setQuery } from '../../state/route.ts'
import { formatMoney, formatNumber, formatTime, texts } from '../../texts/texts.ts'
import { Failure, Field } from '../../ui/controls.tsx'
import { download } from '../../ui/download.ts'
import { Cell, VirtualRows } from '../../ui/virtual-rows.tsx'
import { KeyChoice, useKeys } from '../key-choice.tsx'
import { RequestDetail } from './detail.tsx'
import { Histograms } from './histograms.tsx'
import { readWholeLog, useRequestLog } from './log.ts'

const FILTERS = ['model', 'user', 'code', 'id'] as const

/** The newest requests, without prompts: those of all keys for the operator, its own for a client key. */
export function Requests() {
  const { requests, common } = texts()
  const { query, path } = route.value
  const [isLive, setLive] = useState(false)
  const [isHeld, setHeld] = useState(false)
  const filter = new URLSearchParams([...query].filter(([, value]) => value !== '')).toString()
  const log = useRequestLog(filter, isLive, isHeld)
  const id = path[1]
  if (log.failure instanceof GatewayFailure && log.failure.status === 404)
    return <p>{requests.unavailable}</p>
  return (
    <div class="stack">
      <div class="row">
        <h1 class="grow">{requests.title}</h1>
        {log.waiting.length > 0 ? (
          <button type="button" onClick={log.showWaiting}>
            {requests.paused(log.waiting.length)}
          </button>
        ) : null}
        <button
          type="button"
          aria-pressed={isLive}
          class={isLive ? 'live' : ''}
          onClick={() => setLive(!isLive)}
        >
          ● {requests.live}
        </button>
        <button
          type="button"
          onClick={async () =>
            download('requests.csv', 'text/csv', await askText(`/edge/requests?format=csv&${filter}`))
          }
        >
          {common.csv}
        </button>
        <button
          type="button"
          onClick={async () =>
            download(
              'requests.json',
              'application/json',
              JSON.stringify(await readWholeLog(filter), undefined, 2),
            )
          }
        >
          {common.json}
        </button>
      </div>
      <Filters />
      {log.rows.length > 0 ? <Histograms rows={log.rows} /> : null}
      {log.failure ? <Failure failure={log.failure} onRetry={log.reload} /> : null}
      {log.isLoading || log.failure || log.rows.length > 0 ? null : (
        <p class="muted">{gateway.value?.request_log === 0 ? requests.off : requests.empty}</p>
      )}
      <section
        aria-busy={log.isLoading}
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
      >
        <Table rows={log.rows} />
      </section>
      {log.hasMore ? (
        <button type="button" onClick={log.loadMore}>
          {requests.more}
        </button>
      ) : null}
      <p class="hint">
        {requests.newest} {operator.value ? requests.unknownKeys : ''}
      </p>
      {id ? <RequestDetail id={id} known={log.rows.find((row) => row.id === id)} /> : null}
    </div>
  )
}

function Filters() {
  const { requests, overview } = texts()
  const { query } = route.value
  const keys = useKeys()
  return (
    <div class="filters">
      {operator.value ? <KeyChoice keys={keys} none={overview.allKeys} /> : null}
      <Field label={requests.filter.status}>
        {(id) => (
          <select
            id={id}
            value={query.get('status') ?? ''}
            onChange={(event) => setQuery({ status: event.currentTarget.value })}
          >
            {Object.entries(requests.statuses).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      {FILTERS.map((name) => (
        <Field key={name} label={requests.filter[name]}>
          {(id) => (
            <input
              id={id}
              type="search"
              value={query.get(name) ?? ''}
              onChange={(event) => setQuery({ [name]: event.currentTarget.value.trim() })}
            />
          )}
        </Field>
      ))}
    </div>
  )
}

function Table({ rows }: { rows: readonly RequestRow[] }) {
  const { requests } = texts()
  const columns = Object.entries(requests.columns)
  return (
    <VirtualRows
      label={requests.title}
      rows={rows}
      columns={columns.length}
      keyOf={(row) => row.id}
      header={columns.map(([name, label]) => (
        <Cell key={name} isHeader class={`cell-${name}`}>
          {label}
        </Cell>
      ))}
    >
      {(row) => <Cells row={row} />}
    </VirtualRows>
  )
}

/** `hit` of `dashscope-edge; hit; ttl=3600`, and `miss` of `dashscope-edge; fwd=miss` (RFC 9211). */
function cacheWord(status = ''): string {
  const [, word = status] = status.split('; ')
  return word.replace('fwd=', '')
}

function Cells({ row }: { row: RequestRow }) {
  const { requests } = texts()
  const currency = gateway.value?.currency ?? 'CNY'
  const query = new URLSearchParams(route.value.query)
  if (row.key) query.set('key', row.key)
  const ms = (value: number | undefined) => (value === undefined ? '—' : formatNumber(value))
  return (
    <>
      <Cell class="cell-time" title={row.started_at}>
        <a href={hashOf(['requests', row.id], query)}>{formatTime(row.started_at)}</a>
        {row.has_body ? <span title={requests.hasBody}> ¶</span> : null}
      </Cell>
      <Cell class="cell-model" {...(row.asked && { title: row.asked })}>
        {row.model ?? '—'}
      </Cell>
      <Cell class={`cell-status ${row.status >= 400 || row.status === 0 ? 'bad' : ''}`}>
        {row.status || '—'}
      </Cell>
      <Cell class="cell-ending">{row.ending ?? ''}</Cell>
      <Cell class="cell-cache" {...(row.cache && { title: row.cache })}>
        {cacheWord(row.cache)}
      </Cell>
      <Cell class="cell-first">{ms(row.first_ms)}</Cell>
      <Cell class="cell-total">{ms(row.total_ms)}</Cell>
      <Cell class="cell-tokens">
        {ms(row.input)} / {ms(row.output)}
      </Cell>
      <Cell class="cell-money">
        {row.money === undefined || row.money === null
          ? '—'
          : `${row.estimated ? '≈' : ''}${formatMoney(row.money, currency)}`}
      </Cell>
      <Cell class="cell-user">{row.user ?? ''}</Cell>
    </>
  )
}
