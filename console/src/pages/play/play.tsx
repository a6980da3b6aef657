import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { PRODUCTS, type Product } from '../../play/make.ts'
import { decodeSetup } from '../../play/setup.ts'
import { clearThread, leftOut, setup, thread } from '../../play/thread.ts'
import { hashOf, replaceRoute, route, setQuery } from '../../state/route.ts'
import { texts } from '../../texts/texts.ts'
import { Choice } from '../../ui/controls.tsx'
import { useFollow } from '../../ui/follow.ts'
import { Composer, takeExample } from './composer.tsx'
import { Parameters } from './parameters.tsx'
import { ChatActions, Toolbar } from './toolbar.tsx'
import { TurnView } from './turn.tsx'

/** The modes of the playground: a conversation by text or voice, or one of the products. */
type Kind = 'text' | Product | 'voice'

const KINDS: readonly Kind[] = ['text', ...PRODUCTS, 'voice']

/** The playground. Its mode is in the URL. */
export function Play() {
  const { play, frame } = texts()
  const { query } = route.value
  useEffect(takeSharedSetup, [query.get('setup')])
  const kind = KINDS.find((each) => each === query.get('kind')) ?? 'text'
  return (
    <div class="play">
      <h1 class="visually-hidden">{frame.pages.play}</h1>
      <div class="row kinds">
        <Choice
          label={play.kind}
          value={kind}
          options={KINDS.map((each) => [each, play.kinds[each]] as const)}
          onChange={(value) => setQuery({ kind: value === 'text' ? '' : value })}
        />
        <span class="grow" />
        {kind === 'text' ? <ChatActions /> : null}
      </div>
      {kind === 'text' ? <Chat /> : <Studio key={kind} kind={kind} />}
    </div>
  )
}

/** A conversation with one model, or with several side by side. */
function Chat() {
  const { play } = texts()
  const turns = useFollow(thread.value.length)
  return (
    <>
      <Toolbar />
      <div class="play-columns">
        <section class="conversation" aria-label={play.conversation}>
          <div class="turns" ref={turns}>
            {thread.value.length === 0 ? <Empty /> : null}
            {thread.value.map((turn, position) => (
              <TurnView key={position} turn={turn} isLast={position === thread.value.length - 1} />
            ))}
            {leftOut.value.length > 0 ? (
              <p class="notice" role="status">
                {play.leftOut(leftOut.value.join(', '))}
              </p>
            ) : null}
          </div>
          <Composer />
        </section>
        <Parameters />
      </div>
    </>
  )
}

/** Forms that few visitors open, loaded with the other pages. */
function Studio({ kind }: { kind: Exclude<Kind, 'text'> }) {
  const [forms, setForms] = useState<{ Make: ComponentType<{ product: Product }>; Voice: ComponentType }>()
  const [isGone, setGone] = useState(false)
  useEffect(() => {
    import('../later.ts').then(setForms, () => setGone(true))
  }, [])
  const { frame, common } = texts()
  if (isGone) return <p class="problem">{frame.newVersion}</p>
  if (!forms) return <p aria-busy="true">{common.loading}</p>
  return kind === 'voice' ? <forms.Voice /> : <forms.Make product={kind} />
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

/** Applies a shared set-up from a link once, then resets the URL to the playground's. */
function takeSharedSetup(): void {
  const shared = route.peek().query.get('setup')
  if (shared === null) return
  clearThread()
  setup.value = decodeSetup(shared)
  replaceRoute(hashOf(['play']))
}
