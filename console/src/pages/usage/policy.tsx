import type { Me } from '../../gateway/shapes.ts'
import { formatTime, texts } from '../../texts/texts.ts'

const LISTS = ['models', 'endpoints', 'regions', 'origins', 'ip_ranges'] as const
const OBJECTS = ['limits', 'user_limits', 'caps', 'budget'] as const

/** The policy of a key in words. */
export function PolicyView({ me }: { me: Me }) {
  const { usage, common } = texts()
  return (
    <section class="card stack">
      <h2>{usage.mayDo}</h2>
      <dl class="facts">
        {LISTS.map((name) => {
          const entries = me[name]
          return (
            <div key={name}>
              <dt>{usage.may[name]}</dt>
              <dd>{Array.isArray(entries) ? entries.join(', ') || common.none : usage.everything}</dd>
            </div>
          )
        })}
        {OBJECTS.filter((name) => typeof me[name] === 'object').map((name) => (
          <div key={name}>
            <dt>{usage.may[name]}</dt>
            <dd>
              {Object.entries(me[name] ?? {})
                .map(([limit, value]) => `${limit} ${value}`)
                .join(', ')}
            </dd>
          </div>
        ))}
        <div>
          <dt>{usage.may.expires_at}</dt>
          <dd>{me.expires_at ? formatTime(me.expires_at) : common.never}</dd>
        </div>
      </dl>
    </section>
  )
}
