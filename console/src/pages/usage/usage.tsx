import { useState } from 'preact/hooks'
import type { Me, UsageReport } from '../../gateway/shapes.ts'
import { newSetup } from '../../play/setup.ts'
import { SNIPPETS } from '../../play/snippets.ts'
import { gateway } from '../../state/credentials.ts'
import { texts } from '../../texts/texts.ts'
import { ShowAsked } from '../../ui/asked.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Choice, CopyButton } from '../../ui/controls.tsx'
import { useAsk } from '../../ui/use-ask.ts'
import { LimitsLeft } from './limits.tsx'
import { PolicyView } from './policy.tsx'
import { Report } from './report.tsx'

/** The usage, remaining limits and policy of a key. */
export function Usage() {
  const { frame, usage } = texts()
  const asked = useAsk<Me>('/edge/me', 'client')
  return (
    <div class="stack">
      <h1>{frame.pages.usage}</h1>
      <ShowAsked asked={asked}>
        {(me) => (
          <>
            <LimitsLeft me={me} />
            {me.kind === 'token' ? (
              <p class="muted">{usage.tokenNote}</p>
            ) : (
              <section class="card stack">
                <h2>{usage.title}</h2>
                <Report as="client" dimensions={['model', 'user']} header={emptyNote} />
                <p class="hint">{usage.note(gateway.value?.time_zone ?? 'UTC')}</p>
              </section>
            )}
            <PolicyView me={me} />
            <Snippets />
          </>
        )}
      </ShowAsked>
    </div>
  )
}

function emptyNote({ total }: UsageReport) {
  return total.requests === 0 ? <p class="muted">{texts().usage.empty}</p> : null
}

function Snippets() {
  const { usage, play } = texts()
  const [name, setName] = useState('curl')
  const messages = [
    { role: 'user' as const, parts: [{ kind: 'text' as const, text: play.examples.translate.text }] },
  ]
  const code =
    SNIPPETS.find((snippet) => snippet.name === name)?.code({
      address: location.origin,
      setup: newSetup(),
      model: 'qwen-plus',
      messages,
    }) ?? ''
  return (
    <section class="card stack">
      <h2>{usage.snippets}</h2>
      <Choice
        label={usage.snippets}
        value={name}
        options={SNIPPETS.map((snippet) => [snippet.name, snippet.name] as const)}
        onChange={setName}
      />
      <CodeBlock text={code} />
      <div class="row">
        <CopyButton text={code} label={play.copyCode} />
        <span class="muted">{play.keyNote}</span>
      </div>
    </section>
  )
}
