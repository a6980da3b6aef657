import { useEffect } from 'preact/hooks'
import { decodeSetup } from '../../play/setup.ts'
import { clearThread, setup, thread } from '../../play/thread.ts'
import { hashOf, replaceRoute, route } from '../../state/route.ts'
import { texts } from '../../texts/texts.ts'
import { Composer, takeExample } from './composer.tsx'
import { Parameters } from './parameters.tsx'
import { Toolbar } from './toolbar.tsx'
import { TurnView } from './turn.tsx'

/** The playground: a conversation with one model, or with several side by side. */
export function Play() {
  const { play } = texts()
  useEffect(takeSharedSetup, [])
  return (
    <div class="play">
      <h1 class="visually-hidden">{texts().frame.pages.play}</h1>
      <Toolbar />
      <div class="play-columns">
        <section class="conversation" aria-label={play.conversation}>
          <div class="turns">
            {thread.value.length === 0 ? <Empty /> : null}
            {thread.value.map((turn, position) => (
              <TurnView key={position} turn={turn} isLast={position === thread.value.length - 1} />
            ))}
          </div>
          <Composer />
        </section>
        <Parameters />
      </div>
    </div>
  )
}

function Empty() {
  const { play } = texts()
  return (
    <div class="empty">
      <p>{play.empty}</p>
      <div class="row center">
        {Object.entries(play.examples).map(([name, { label, text }]) => (
          <button key={name} type="button" onClick={() => takeExample(name, text)}>
            {label}
          </button>
        ))}
      </div>
    </div>
  )
}

/** A link to a set-up is taken over once; the address is then the playground's again. */
function takeSharedSetup(): void {
  const shared = route.peek().query.get('setup')
  if (shared === null) return
  clearThread()
  setup.value = decodeSetup(shared)
  replaceRoute(hashOf(['play']))
}
