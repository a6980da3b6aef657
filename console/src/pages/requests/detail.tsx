import type { Attempt, KeptText, RequestRow } from '../../gateway/shapes.ts'
import { canReopen, reopen } from '../../play/reopen.ts'
import { encodeSetup, newSetup, readJson } from '../../play/setup.ts'
import { replyWithId } from '../../play/thread.ts'
import { go, hashOf, route } from '../../state/route.ts'
import { formatDuration, texts } from '../../texts/texts.ts'
import { ShowAsked } from '../../ui/asked.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { CopyButton } from '../../ui/controls.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useAsk } from '../../ui/use-ask.ts'
import { shorten } from '../play/raw.tsx'

/** One request with its attempts; it has its own URL. */
export function RequestDetail({ id, known }: { id: string; known: RequestRow | undefined }) {
  const { requests } = texts()
  const { query } = route.value
  const key = known?.key ?? query.get('key')
  // The rows of the list only say whether there is a body.
  const row = known?.has_body ? undefined : known
  const asked = useAsk<RequestRow>(
    row ? undefined : `/edge/requests/${encodeURIComponent(id)}${key ? `?key=${key}` : ''}`,
  )
  return (
    <Dialog title={requests.detail} isWide onClose={() => go(['requests'], query)}>
      {row ? <Detail row={row} /> : <ShowAsked asked={asked}>{(row) => <Detail row={row} />}</ShowAsked>}
    </Dialog>
  )
}

function Detail({ row }: { row: RequestRow }) {
  const { requests } = texts()
  const { attempts, has_body, body, answer, ...rest } = row
  const facts = Object.entries(rest).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  )
  const model = row.asked ?? row.model
  const held = replyWithId(row.id)
  // Requests of this tab are still in the playground; for others only the model is known.
  const setup = held || !model ? {} : { setup: encodeSetup({ ...newSetup(), models: [model] }) }
  return (
    <>
      <div class="row">
        <code>{row.id}</code> <CopyButton text={row.id} />
        {model ? (
          <a
            class="button"
            href={hashOf(['play'], setup)}
            onClick={(event) => {
              if (held || !canReopen(row)) return
              event.preventDefault()
              void reopen(row).then(() => go(['play']))
            }}
          >
            {requests.openInPlay}
          </a>
        ) : null}
        {model && !held && !canReopen(row) ? <span class="muted">{requests.onlyModel}</span> : null}
      </div>
      <h3>{requests.summary}</h3>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
          </div>
        ))}
      </dl>
      {Array.isArray(attempts) && attempts.length > 0 ? <Waterfall attempts={attempts} /> : null}
      <Kept title={requests.body} kept={body} />
      <Kept title={requests.answer} kept={answer} />
      {body ? null : <h3>{requests.body}</h3>}
      {body ? null : <p class="muted">{held ? requests.heldHere : requests.notKept}</p>}
      {held && !body ? <CodeBlock text={JSON.stringify(held.request.body, shorten, 2)} /> : null}
    </>
  )
}

/** A body or a response that the gateway keeps. */
function Kept({ title, kept }: { title: string; kept: KeptText | undefined }) {
  if (!kept) return null
  const { value } = readJson(kept.text)
  return (
    <>
      <h3>{title}</h3>
      {kept.cut ? <p class="muted">{texts().requests.cut}</p> : null}
      <CodeBlock text={value === undefined ? kept.text : JSON.stringify(value, shorten, 2)} />
    </>
  )
}

/** Attempts one below the other, each starting where the previous one ended. */
function Waterfall({ attempts }: { attempts: readonly Attempt[] }) {
  const { requests } = texts()
  const total = attempts.reduce((sum, { ms = 0 }) => sum + ms, 0) || 1
  let begun = 0
  return (
    <>
      <h3>{requests.attempts}</h3>
      <ol class="waterfall">
        {attempts.map(({ region, status, code, ms = 0 }, index) => {
          const left = (begun / total) * 100
          begun += ms
          return (
            <li key={`${region}-${index}`}>
              <span>
                {region} {status || ''} {code ?? ''}
              </span>
              <span class="track">
                <i
                  class={String(status) === '200' ? 'good' : 'bad'}
                  style={{ left: `${left}%`, width: `${Math.max(1, (ms / total) * 100)}%` }}
                />
              </span>
              <span class="number">{formatDuration(ms)}</span>
            </li>
          )
        })}
      </ol>
    </>
  )
}
