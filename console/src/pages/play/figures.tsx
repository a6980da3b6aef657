import type { PriceList } from '../../gateway/shapes.ts'
import { costOf, prices } from '../../play/cost.ts'
import type { Reply } from '../../play/reply.ts'
import { formatDuration, formatMoney, formatNumber, texts } from '../../texts/texts.ts'
import { CopyButton } from '../../ui/controls.tsx'

/** The figures of a response: times, tokens, money, cache, attempts. */
export function Figures({ reply }: { reply: Reply }) {
  const { play } = texts()
  const { firstMs, totalMs, usage, headers } = reply
  const used = usage.value
  const first = firstMs.value
  const total = totalMs.value
  if (total === undefined) return null
  const isHit = headers.value?.get('cache-status')?.includes('hit') ?? false
  return (
    <dl class="figures">
      {first === undefined ? null : <Figure name={play.firstByte} value={formatDuration(first)} />}
      <Figure name={play.total} value={formatDuration(total)} />
      {used && first !== undefined && total > first && !isHit ? (
        <Figure
          name=""
          value={play.speed(formatNumber(Math.round((used.output / (total - first)) * 1000)))}
        />
      ) : null}
      {used ? (
        <>
          <Figure name={play.tokensIn} value={withPart(used.input, used.cached, play.cached)} />
          <Figure name={play.tokensOut} value={withPart(used.output, used.reasoning, play.reasoning)} />
        </>
      ) : null}
      <Money reply={reply} list={prices.value} isHit={isHit} />
      <HeaderFigures headers={headers.value} />
    </dl>
  )
}

/** The charged amount or, until it is known or without a request log, the tokens at list prices. */
function Money(props: { reply: Reply; list: PriceList | undefined; isHit: boolean }) {
  const { reply, list, isHit } = props
  const used = reply.usage.value
  const { money, isEstimated = true } = reply.money.value ?? {}
  const cost = money ?? (isHit ? 0 : used && costOf(list, reply.model, used))
  if (!list || cost === undefined) return null
  const isExact = money !== undefined && money !== null && !isEstimated
  return <Figure name="" value={`${isExact ? '' : '≈ '}${formatMoney(cost, list.currency)}`} />
}

function HeaderFigures({ headers }: { headers: Headers | undefined }) {
  const { play, common } = texts()
  const cache = headers?.get('cache-status')
  const age = headers?.get('age')
  const attempts = Number(headers?.get('x-edge-attempts') ?? 1)
  const id = headers?.get('x-edge-request-id')
  return (
    <>
      {cache ? <Figure name="Cache-Status" value={shortCacheStatus(cache)} /> : null}
      {age ? <Figure name="" value={play.age(formatDuration(Number(age) * 1000))} /> : null}
      {attempts > 1 ? <Figure name="" value={play.attempts(attempts)} /> : null}
      {id ? (
        <div>
          <dt class="visually-hidden">{common.requestId}</dt>
          <dd>
            <code>{id.slice(0, 12)}</code> <CopyButton text={id} />
          </dd>
        </div>
      ) : null}
    </>
  )
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function withPart(sum: number, part: number, name: string): string {
  return part > 0 ? `${formatNumber(sum)} (${name} ${formatNumber(part)})` : formatNumber(sum)
}

/** `dashscope-edge; fwd=uri-miss; stored` without the name of the cache (RFC 9211). */
function shortCacheStatus(value: string): string {
  return value
    .split(';')
    .slice(1)
    .map((part) => part.trim())
    .join(', ')
}
