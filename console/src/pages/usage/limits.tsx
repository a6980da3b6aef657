import type { LimitLeft, Me } from '../../gateway/shapes.ts'
import { formatDuration, formatMoney, formatShort, texts } from '../../texts/texts.ts'

/** The remaining quota of each limit, and when it resets. */
export function LimitsLeft({ me }: { me: Me }) {
  const { usage } = texts()
  const limits = me.limits_left ?? []
  return (
    <section class="card stack">
      <h2>{usage.left}</h2>
      {limits.length === 0 ? <p class="muted">{usage.noLimits}</p> : null}
      {limits.map((limit) => (
        <Bar key={limit.name} limit={limit} currency={me.currency ?? 'CNY'} />
      ))}
    </section>
  )
}

function Bar({ limit, currency }: { limit: LimitLeft; currency: string }) {
  const { usage } = texts()
  const { name, quota, remaining, reset_seconds: reset } = limit
  const format = (value: number) =>
    name.startsWith('money_') ? formatMoney(value, currency) : formatShort(value)
  const label = usage.limits[name] ?? name
  const used = Math.max(0, quota - remaining)
  return (
    <div class="limit">
      <span>{label}</span>
      <meter aria-label={label} min={0} max={quota} value={remaining} low={quota * 0.2} optimum={quota} />
      <span class="number">
        {format(remaining)} / {format(quota)}
      </span>
      <span class="muted">
        {reset === undefined || used === 0
          ? ''
          : name.endsWith('_minute')
            ? usage.moreIn(formatDuration(reset * 1000))
            : usage.resetsIn(formatLong(reset))}
      </span>
    </div>
  )
}

function formatLong(seconds: number): string {
  const hours = Math.floor(seconds / 3600)
  return hours >= 48
    ? `${Math.floor(hours / 24)} d`
    : hours > 0
      ? `${hours} h`
      : formatDuration(seconds * 1000)
}
