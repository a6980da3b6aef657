import { useState } from 'preact/hooks'
import { createLine } from '../../../../scripts/edge/policy-line.ts'
import { ask } from '../../gateway/ask.ts'
import type { KeyRecord, UsageRow } from '../../gateway/shapes.ts'
import { gateway } from '../../state/credentials.ts'
import { hashOf, route, setQuery } from '../../state/route.ts'
import { formatMoney, formatShort, formatTime, texts } from '../../texts/texts.ts'
import { ShowAsked } from '../../ui/asked.tsx'
import { Field } from '../../ui/controls.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useAsk } from '../../ui/use-ask.ts'
import { measure, sumsBy } from '../usage/measures.ts'
import { reportQuery, today } from '../usage/range.ts'
import { askUsage } from '../usage/whole.ts'
import { CreatedDialog, MintDialog, PurgeDialog, RevokeDialog } from './dialogs.tsx'
import { KeyForm } from './form.tsx'
import { changeOf, draftOf } from './policy-fields.ts'
import { mayWrite, WriteAccess } from './write-access.tsx'

/** The dialog that is open over the list. */
type Open =
  | { kind: 'create' }
  | { kind: 'created'; secret: string }
  | { kind: 'change' | 'revoke' | 'purge' | 'mint'; record: KeyRecord }

interface Page {
  keys: KeyRecord[]
  cursor?: string
}

/** The client keys, for the operator. */
export function Keys() {
  const { keys } = texts()
  const asked = useAsk<Page>('/edge/keys', 'operator')
  const [open, setOpen] = useState<Open>()
  const search = route.value.query.get('search') ?? ''
  const done = () => {
    setOpen(undefined)
    asked.reload()
  }
  return (
    <div class="stack">
      <div class="row">
        <h1 class="grow">{keys.title}</h1>
        <Field label={keys.search}>
          {(id) => (
            <input
              id={id}
              type="search"
              value={search}
              onInput={(event) => setQuery({ search: event.currentTarget.value })}
            />
          )}
        </Field>
        <button
          type="button"
          class="primary"
          disabled={!mayWrite()}
          onClick={() => setOpen({ kind: 'create' })}
        >
          {keys.create}
        </button>
      </div>
      <WriteAccess />
      <ShowAsked asked={asked}>
        {({ keys: records }) => (
          <>
            <List records={records} search={search} onOpen={setOpen} onChanged={asked.reload} />
            {open ? <OpenDialog open={open} records={records} setOpen={setOpen} done={done} /> : null}
          </>
        )}
      </ShowAsked>
    </div>
  )
}

function List(props: {
  records: readonly KeyRecord[]
  search: string
  onOpen: (open: Open) => void
  onChanged: () => void
}) {
  const { keys } = texts()
  const found = props.records.filter(({ name, id }) =>
    `${name} ${id}`.toLowerCase().includes(props.search.toLowerCase()),
  )
  const range = today()
  const used = useAsk(range && `/edge/usage?${reportQuery(range, 'key')}`, 'operator', askUsage).data
  const usedBy = new Map(used && sumsBy(used.rows, ({ key }) => String(key)))
  if (found.length === 0) return <p class="muted">{props.search ? keys.noMatch : keys.empty}</p>
  return (
    <div class="scroll">
      <table class="full">
        <thead>
          <tr>
            {Object.entries(keys.columns).map(([name, label]) => (
              <th key={name} scope="col">
                {label}
              </th>
            ))}
            <th scope="col">{keys.actions}</th>
          </tr>
        </thead>
        <tbody>
          {found.map((record) => (
            <Row
              key={record.id}
              record={record}
              used={usedBy.get(record.id)}
              onOpen={props.onOpen}
              onChanged={props.onChanged}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Row({
  record,
  used,
  onOpen,
  onChanged,
}: {
  record: KeyRecord
  used: UsageRow | undefined
  onOpen: (open: Open) => void
  onChanged: () => void
}) {
  const { keys, common } = texts()
  const limits = Object.entries(record.limits ?? {}).map(([name, value]) => `${name} ${value}`)
  const toggle = async () => {
    await ask(`/edge/keys/${record.id}`, {
      method: 'PATCH',
      as: 'operator',
      body: { disabled: record.disabled ? null : true },
    })
    onChanged()
  }
  return (
    <tr>
      <th scope="row">
        {record.name}
        <br />
        <code class="muted">{record.id}</code>
      </th>
      <td>{statusOf(record)}</td>
      <td>{record.models?.join(', ') ?? common.all}</td>
      <td>{limits.join(', ') || common.none}</td>
      <td>
        {used
          ? `${formatShort(used.requests)} · ${formatMoney(measure(used, 'money'), gateway.value?.currency ?? 'CNY')}`
          : '—'}
      </td>
      <td>{formatTime(record.created_at)}</td>
      <td>
        <div class="row actions">
          {(['change', 'purge', 'mint', 'revoke'] as const).map((kind) => (
            <button
              key={kind}
              type="button"
              class="quiet"
              disabled={kind !== 'mint' && !mayWrite()}
              onClick={() => onOpen({ kind, record })}
            >
              {keys[kind]}
            </button>
          ))}
          <button type="button" class="quiet" disabled={!mayWrite()} onClick={toggle}>
            {record.disabled ? keys.enable : keys.disable}
          </button>
          <a href={hashOf(['overview'], { key: record.id })}>{keys.usage}</a>
          <a href={hashOf(['requests'], { key: record.id })}>{keys.requests}</a>
        </div>
      </td>
    </tr>
  )
}

const SOON_MS = 7 * 86_400_000

function statusOf({ disabled, expires_at }: KeyRecord) {
  const { keys } = texts()
  const left = expires_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires_at) - Date.now()
  if (disabled) return <span class="status bad">{keys.disabled}</span>
  if (left <= 0) return <span class="status bad">{keys.expired}</span>
  if (left < SOON_MS) return <span class="status warn">{keys.expiresSoon}</span>
  return <span class="status good">{keys.active}</span>
}

function OpenDialog(props: {
  open: Open
  records: readonly KeyRecord[]
  setOpen: (open: Open | undefined) => void
  done: () => void
}) {
  const { open, done } = props
  const { keys, common } = texts()
  const close = () => props.setOpen(undefined)
  if (open.kind === 'created') return <CreatedDialog secret={open.secret} onClose={done} />
  if (open.kind === 'create') {
    return (
      <Dialog title={keys.create} isWide onClose={close}>
        <KeyForm
          initial={{}}
          submitLabel={keys.saveNew}
          toSend={(draft) => draft}
          commandOf={createLine}
          onSubmit={async (body) => {
            const { key } = await ask<{ key: string }>('/edge/keys', { method: 'POST', as: 'operator', body })
            props.setOpen({ kind: 'created', secret: key })
          }}
        />
      </Dialog>
    )
  }
  const { record } = open
  if (open.kind === 'revoke') return <RevokeDialog record={record} onClose={close} onDone={done} />
  if (open.kind === 'mint') return <MintDialog record={record} onClose={close} />
  if (open.kind === 'purge') {
    const sharing = sharingWith(record, props.records)
    return <PurgeDialog record={record} sharing={sharing} onClose={close} onDone={done} />
  }
  const before = draftOf(record)
  return (
    <Dialog title={keys.changeTitle(record.name)} isWide onClose={close}>
      <KeyForm
        initial={before}
        submitLabel={common.save}
        toSend={(draft) => changeOf(before, draft)}
        onSubmit={async (body) => {
          await ask(`/edge/keys/${record.id}`, { method: 'PATCH', as: 'operator', body })
          done()
        }}
      />
    </Dialog>
  )
}

/** How many keys lose their cached responses together. */
function sharingWith(record: KeyRecord, records: readonly KeyRecord[]): number {
  const scopeOf = ({ cache }: KeyRecord) => (cache as { scope?: string } | undefined)?.scope
  const scope = scopeOf(record)
  return scope === undefined ? 1 : records.filter((other) => scopeOf(other) === scope).length
}
