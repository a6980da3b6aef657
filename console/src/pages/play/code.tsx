import { useState } from 'preact/hooks'
import type { Reply } from '../../play/reply.ts'
import { SNIPPETS } from '../../play/snippets.ts'
import { history, setup, type Turn, thread } from '../../play/thread.ts'
import { texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Choice, CopyButton } from '../../ui/controls.tsx'
import { Dialog } from '../../ui/dialog.tsx'

/** The request of a response as code in six languages. */
export function CodeDialog(props: { reply: Reply; turn: Turn; side: number; onClose: () => void }) {
  const { play } = texts()
  const [name, setName] = useState('curl')
  const before = thread.value.slice(0, thread.value.indexOf(props.turn))
  const code =
    SNIPPETS.find((snippet) => snippet.name === name)?.code({
      address: location.origin,
      setup: setup.value,
      model: props.reply.model,
      messages: [...history(before, props.side), ...props.turn.sent],
    }) ?? ''
  return (
    <Dialog title={play.showCode} isWide onClose={props.onClose}>
      <Choice
        label={play.showCode}
        value={name}
        options={SNIPPETS.map((snippet) => [snippet.name, snippet.name] as const)}
        onChange={setName}
      />
      <div class="row">
        <CopyButton text={code} label={play.copyCode} />
        <span class="muted">{play.keyNote}</span>
      </div>
      <CodeBlock text={code} />
    </Dialog>
  )
}
