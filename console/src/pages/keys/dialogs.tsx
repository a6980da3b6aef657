import { useState } from 'preact/hooks'
import { ask } from '../../gateway/ask.ts'
import type { KeyRecord, RequestRow } from '../../gateway/shapes.ts'
import { firstCommand } from '../../play/snippets.ts'
import { texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { CopyButton, Failure, Field, SecretField } from '../../ui/controls.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useAsk } from '../../ui/use-ask.ts'
import type { RequestPage } from '../requests/log.ts'

/** Shows a new key once. It is removed from the page with this dialog. */
export function CreatedDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { keys, play } = texts()
  return (
    <Dialog title={keys.created} onClose={onClose}>
      <p>{keys.shownOnce}</p>
      <div class="row">
        <code class="secret">{secret}</code>
        <CopyButton text={secret} />
      </div>
      <CodeBlock text={firstCommand()} />
      <p class="hint">{play.keyNote}</p>
      <button type="button" class="primary" onClick={onClose}>
        {keys.saved}
      </button>
    </Dialog>
  )
}

interface ActionProps {
  record: KeyRecord
  onClose: () => void
  onDone: () => void
}

/** Requests that are searched for those of the last minute. */
const LOOKED_AT = 1000
const MINUTE_MS = 60_000

/** The current use of a key: the number of requests in the last minute, and their users. */
function LastMinute({ rows }: { rows: readonly RequestRow[] }) {
  const { keys } = texts()
  const recent = rows.filter(({ started_at }) => Date.now() - Date.parse(started_at) < MINUTE_MS)
  const users = [...new Set(recent.flatMap(({ user }) => user ?? []))].slice(0, 10)
  return (
    <p class={recent.length > 0 ? 'problem' : 'muted'}>
      {keys.lastMinute(recent.length)} {users.join(', ')}
    </p>
  )
}

/** Revoking is permanent, so the name must be typed; shows the current use of the key. */
export function RevokeDialog({ record, onClose, onDone }: ActionProps) {
  const { keys } = texts()
  const [typed, setTyped] = useState('')
  const newest = useAsk<RequestPage>(`/edge/requests?key=${record.id}&limit=${LOOKED_AT}`, 'operator')
  const action = useAction(
    async () => ask(`/edge/keys/${record.id}`, { method: 'DELETE', as: 'operator' }),
    onDone,
  )
  return (
    <Dialog title={keys.revokeTitle(record.name)} onClose={onClose}>
      <p>{keys.revokeNote}</p>
      {newest.data ? <LastMinute rows={newest.data.rows} /> : null}
      <form class="stack" onSubmit={action.run}>
        <Field label={keys.revokeType}>
          {(id) => (
            <input
              id={id}
              type="text"
              autocomplete="off"
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </Field>
        {action.failure ? <Failure failure={action.failure} /> : null}
        <button type="submit" class="danger" disabled={typed !== record.name}>
          {keys.revoke}
        </button>
      </form>
    </Dialog>
  )
}

/** Purging affects every key of the same scope. */
export function PurgeDialog({ record, sharing, onClose, onDone }: ActionProps & { sharing: number }) {
  const { keys } = texts()
  const action = useAction(
    async () => ask(`/edge/cache?key=${record.id}`, { method: 'DELETE', as: 'operator' }),
    onDone,
  )
  return (
    <Dialog title={keys.purgeTitle(record.name)} onClose={onClose}>
      <p>{keys.purgeNote(sharing)}</p>
      <form class="stack" onSubmit={action.run}>
        {action.failure ? <Failure failure={action.failure} /> : null}
        <button type="submit" class="danger">
          {keys.purge}
        </button>
      </form>
    </Dialog>
  )
}

/** Creates a session token for a page with the key itself. */
export function MintDialog({ record, onClose }: Omit<ActionProps, 'onDone'>) {
  const { keys, door } = texts()
  const [secret, setSecret] = useState('')
  const [user, setUser] = useState('')
  const [seconds, setSeconds] = useState('900')
  const [token, setToken] = useState<string>()
  const action = useAction(
    async () => {
      const body = { ttl_seconds: Number(seconds), ...(user && { user }) }
      const minted = await ask<{ token: string }>('/edge/tokens', {
        method: 'POST',
        body,
        credential: secret.trim(),
      })
      setToken(minted.token)
    },
    () => setSecret(''),
  )
  return (
    <Dialog title={keys.mintTitle(record.name)} onClose={onClose}>
      <p>{keys.mintNote}</p>
      <form class="stack" onSubmit={action.run} autocomplete="off">
        <SecretField label={door.clientKey} hint={door.clientKeyHint} value={secret} onInput={setSecret} />
        <Field label={keys.user}>
          {(id) => (
            <input
              id={id}
              type="text"
              value={user}
              onInput={(event) => setUser(event.currentTarget.value.trim())}
            />
          )}
        </Field>
        <Field label={keys.seconds}>
          {(id) => (
            <input
              id={id}
              type="number"
              min="60"
              max="3600"
              value={seconds}
              onInput={(event) => setSeconds(event.currentTarget.value)}
            />
          )}
        </Field>
        {action.failure ? <Failure failure={action.failure} /> : null}
        <button type="submit" class="primary" disabled={secret.trim() === ''}>
          {keys.mint}
        </button>
      </form>
      {token ? (
        <>
          <h3>{keys.token}</h3>
          <CodeBlock text={token} />
          <CopyButton text={token} />
        </>
      ) : null}
    </Dialog>
  )
}

function useAction(work: () => Promise<unknown>, onDone: () => void) {
  const [failure, setFailure] = useState<unknown>()
  const run = async (event: Event) => {
    event.preventDefault()
    try {
      setFailure(undefined)
      await work()
      onDone()
    } catch (thrown) {
      setFailure(thrown)
    }
  }
  return { run, failure }
}
