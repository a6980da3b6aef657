import { useState } from 'preact/hooks'
import { ask } from '../../gateway/ask.ts'
import type { GatewayFailure } from '../../gateway/failure.ts'
import type { Explanation } from '../../gateway/shapes.ts'
import type { WireRequest } from '../../play/wire.ts'
import { clientKey } from '../../state/credentials.ts'
import { formatDuration, formatMoney, formatNumber, texts } from '../../texts/texts.ts'
import { Failure } from '../../ui/controls.tsx'

/** Statuses of refusals that may be caused by a rule of the gateway. */
const EXPLAINED = [400, 403, 404, 429]

/** Finds out which rule refused a request, and what to change. Not available with session tokens. */
export function Explain({ request, failure }: { request: WireRequest; failure: GatewayFailure }) {
  const { play } = texts()
  const [state, setState] = useState<{ explanation?: Explanation; failure?: unknown }>({})
  if (!EXPLAINED.includes(failure.status) || !clientKey.value?.startsWith('dse_')) return null
  const { path, headers, body } = request
  const why = async () => {
    try {
      const explanation = await ask<Explanation>('/edge/explain', {
        method: 'POST',
        as: 'client',
        body: { request: { method: 'POST', path, headers: { ...headers, origin: location.origin }, body } },
      })
      setState({ explanation })
    } catch (thrown) {
      setState({ failure: thrown })
    }
  }
  if (state.failure) return <Failure failure={state.failure} onRetry={why} />
  if (state.explanation) return <Explained explanation={state.explanation} known={failure.message} />
  return (
    <button type="button" class="quiet" onClick={why}>
      {play.whyTitle}
    </button>
  )
}

/** @param props.known the message that is already shown above. */
function Explained({ explanation, known }: { explanation: Explanation; known: string }) {
  const { play } = texts()
  if (explanation.allowed) {
    const { model, region, cache, estimate } = explanation
    const { money, currency } = estimate
    return (
      <p class="notice" role="status">
        {play.wouldPass(model, region)} {play.wouldCache[cache.result]}{' '}
        {money === null ? null : play.estimate(formatMoney(money, currency))}
      </p>
    )
  }
  const { rule, param, limit, message } = explanation
  return (
    <div class="notice stack" role="status">
      <p>
        <strong>{play.rule}</strong> <code>{rule ?? param ?? explanation.code}</code>
      </p>
      {message === known ? null : <p>{message}</p>}
      {limit ? (
        <p>
          {play.limitLeft(formatNumber(limit.remaining), formatNumber(limit.quota))}
          {limit.reset_seconds ? ` ${play.retryAfter(formatDuration(limit.reset_seconds * 1000))}` : null}
        </p>
      ) : null}
      <p class="muted">{rule === null ? play.changeRequest : limit ? play.changeLimit : play.changeKey}</p>
    </div>
  )
}
