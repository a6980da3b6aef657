import type { GatewayFailure } from '../../gateway/failure.ts'
import type { Reply } from '../../play/reply.ts'
import { texts } from '../../texts/texts.ts'
import { Failure } from '../../ui/controls.tsx'
import { Explain } from './explain.tsx'
import { useCountdown } from './waiting.tsx'

/** Why a response was refused or broke off. */
export function Refusal(props: { reply: Reply; failure: GatewayFailure; onRetry: () => void }) {
  const { reply, failure, onRetry } = props
  const left = useCountdown(failure.retryAfter)
  return (
    <div class="stack">
      <Failure failure={failure} onRetry={onRetry} />
      {failure.retryAfter !== undefined && left > 0 ? (
        <p class="muted">{texts().play.retryIn(left)}</p>
      ) : null}
      <Explain request={reply.request} failure={failure} />
    </div>
  )
}
