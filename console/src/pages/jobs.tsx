import { useEffect, useState } from 'preact/hooks'
import { ask, askText } from '../gateway/ask.ts'
import { operator } from '../state/credentials.ts'
import { route } from '../state/route.ts'
import { formatTime, texts } from '../texts/texts.ts'
import { ShowAsked } from '../ui/asked.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { Choice, Failure } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { poll } from '../ui/poll.ts'
import { useAsk } from '../ui/use-ask.ts'
import { KeyChoice, useKeys } from './key-choice.tsx'

interface Job {
  id: string
  kind: string
  status: string
  model?: string | null
  created_at: string
  result_expires_at?: string | null
  webhook?: { status: string; tries: number } | null
}

interface Delivery {
  id: string
  job: string
  event: string
  url: string
  status: string
  tries: { at: string | null }[]
  next_at?: string | null
}

const RUNNING = ['queued', 'running', 'waiting']
const RETRIABLE = ['failed', 'expired']

/** Reloads periodically while the shown jobs have not ended. */
function useProgress(hasEnded: boolean, reload: () => void): void {
  useEffect(() => {
    if (hasEnded) return
    return poll(async () => {
      reload()
      return true
    })
  }, [hasEnded, reload])
}

/** Jobs and their deliveries: a key's own, or those of the key that the operator chooses. */
export function Jobs() {
  const { jobs } = texts()
  const [view, setView] = useState<'jobs' | 'deliveries'>('jobs')
  const keyId = route.value.query.get('key') ?? ''
  const suffix = operator.value ? `?key=${keyId}` : ''
  const keys = useKeys()
  const isReady = operator.value === undefined || keyId !== ''
  return (
    <div class="stack">
      <div class="row">
        <h1 class="grow">{jobs.title}</h1>
        {/* Jobs are stored per key, so the operator sees those of one key at a time. */}
        {operator.value ? <KeyChoice keys={keys} none="—" /> : null}
        <Choice
          label={jobs.title}
          value={view}
          options={[
            ['jobs', jobs.title],
            ['deliveries', jobs.deliveries],
          ]}
          onChange={setView}
        />
      </div>
      {isReady ? null : <p class="muted">{jobs.chooseKey}</p>}
      {isReady && view === 'jobs' ? <JobList suffix={suffix} /> : null}
      {isReady && view === 'deliveries' ? <DeliveryList suffix={suffix} /> : null}
    </div>
  )
}

function JobList({ suffix }: { suffix: string }) {
  const { jobs, common } = texts()
  const asked = useAsk<{ data: Job[] }>(`/edge/jobs${suffix}`)
  const [result, setResult] = useState<{ text: string; until: string | undefined }>()
  const [failure, setFailure] = useState<unknown>()
  useProgress(!asked.data?.data.some(({ status }) => RUNNING.includes(status)), asked.reload)
  const act = async (work: () => Promise<unknown>) => {
    setFailure(undefined)
    await work().then(asked.reload, setFailure)
  }
  return (
    <>
      {failure ? <Failure failure={failure} /> : null}
      <ShowAsked asked={asked}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="muted">{jobs.empty}</p>
          ) : (
            <Rows names={['id', 'kind', 'model', 'status', 'created', 'webhook', 'actions']}>
              {data.map((job) => (
                <tr key={job.id}>
                  <th scope="row">
                    <code>{job.id}</code>
                  </th>
                  <td>{job.kind}</td>
                  <td>{job.model ?? ''}</td>
                  <td>{job.status}</td>
                  <td>{formatTime(job.created_at)}</td>
                  <td>{job.webhook ? `${job.webhook.status} (${job.webhook.tries})` : common.none}</td>
                  <td>
                    <div class="row actions">
                      {RUNNING.includes(job.status) ? (
                        <button
                          type="button"
                          class="quiet"
                          onClick={() =>
                            act(() => ask(`/edge/jobs/${job.id}/cancel${suffix}`, { method: 'POST' }))
                          }
                        >
                          {jobs.cancel}
                        </button>
                      ) : (
                        <button
                          type="button"
                          class="quiet"
                          onClick={() =>
                            act(async () => {
                              const text = await askText(`/edge/jobs/${job.id}/response${suffix}`)
                              setResult({ text, until: job.result_expires_at ?? undefined })
                            })
                          }
                        >
                          {jobs.result}
                        </button>
                      )}
                      {RETRIABLE.includes(job.status) ? (
                        <button
                          type="button"
                          class="quiet"
                          onClick={() =>
                            act(() => ask(`/edge/jobs/${job.id}/retry${suffix}`, { method: 'POST' }))
                          }
                        >
                          {jobs.retry}
                        </button>
                      ) : null}
                    </div>
                  </td>
                </tr>
              ))}
            </Rows>
          )
        }
      </ShowAsked>
      {result === undefined ? null : (
        <Dialog title={jobs.result} isWide onClose={() => setResult(undefined)}>
          {result.until === undefined ? null : <p class="muted">{jobs.until(formatTime(result.until))}</p>}
          <CodeBlock text={result.text} />
        </Dialog>
      )}
    </>
  )
}

function DeliveryList({ suffix }: { suffix: string }) {
  const { jobs } = texts()
  const asked = useAsk<{ data: Delivery[] }>(`/edge/jobs/deliveries${suffix}`)
  const [failure, setFailure] = useState<unknown>()
  useProgress(!asked.data?.data.some(({ status }) => status === 'pending'), asked.reload)
  const redeliver = (id: string) => {
    setFailure(undefined)
    return ask(`/edge/jobs/deliveries/${id}/redeliver${suffix}`, { method: 'POST' }).then(
      asked.reload,
      setFailure,
    )
  }
  return (
    <>
      {failure ? <Failure failure={failure} /> : null}
      <ShowAsked asked={asked}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="muted">{jobs.noDeliveries}</p>
          ) : (
            <Rows names={['id', 'time', 'event', 'url', 'status', 'tries', 'actions']}>
              {data.map(({ id, event, url, status, tries, next_at: nextAt }) => (
                <tr key={id}>
                  <th scope="row">
                    <code>{id}</code>
                  </th>
                  <td>{formatTime(tries.at(-1)?.at ?? nextAt ?? '')}</td>
                  <td>{event}</td>
                  <td>{url}</td>
                  <td>{status}</td>
                  <td class="number">{tries.length}</td>
                  <td>
                    <div class="row actions">
                      <button type="button" class="quiet" onClick={() => redeliver(id)}>
                        {jobs.redeliver}
                      </button>
                    </div>
                  </td>
                </tr>
              ))}
            </Rows>
          )
        }
      </ShowAsked>
    </>
  )
}

type ColumnName =
  | 'id'
  | 'kind'
  | 'model'
  | 'status'
  | 'created'
  | 'time'
  | 'webhook'
  | 'event'
  | 'url'
  | 'tries'
  | 'actions'

function Rows(props: { names: readonly ColumnName[]; children: preact.ComponentChildren }) {
  const { jobs } = texts()
  return (
    <div class="scroll">
      <table class="full">
        <thead>
          <tr>
            {props.names.map((name) => (
              <th key={name} scope="col" class={name === 'tries' ? 'number' : ''}>
                {jobs.columns[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  )
}
