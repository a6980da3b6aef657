import type { ComponentChildren } from 'preact'
import { GatewayFailure } from '../gateway/failure.ts'
import { formatTime, texts } from '../texts/texts.ts'
import { Failure } from './controls.tsx'
import type { AskState } from './use-ask.ts'

const SKELETON_ROWS = [1, 2, 3, 4, 5, 6, 7, 8]

/** Shows a response: grey rows while it loads, the gateway's message if it failed, else the data. */
export function ShowAsked<Data>(props: {
  asked: AskState<Data>
  children: (data: Data) => ComponentChildren
}) {
  const { data, failure, reload, atMs } = props.asked
  if (data === undefined && !failure) return <Skeleton />
  const isOffline = failure instanceof GatewayFailure && failure.status === 0
  return (
    <>
      {failure ? <Failure failure={failure} onRetry={reload} /> : null}
      {isOffline && data !== undefined ? (
        <p class="muted">{texts().common.offline(formatTime(atMs))}</p>
      ) : null}
      {data === undefined ? null : props.children(data)}
    </>
  )
}

function Skeleton() {
  return (
    <div class="skeleton" aria-busy="true">
      <span class="visually-hidden">{texts().common.loading}</span>
      {SKELETON_ROWS.map((row) => (
        <div key={row} />
      ))}
    </div>
  )
}
