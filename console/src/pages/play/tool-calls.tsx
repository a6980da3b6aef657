import { useState } from 'preact/hooks'
import type { ToolCall } from '../../play/conversation.ts'
import { isBusy, sendMessages } from '../../play/thread.ts'
import { texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Field } from '../../ui/controls.tsx'

/** Functions that the model calls, with fields for results that the user writes: nothing is executed. */
export function ToolCalls({ calls, takesResults }: { calls: readonly ToolCall[]; takesResults: boolean }) {
  const { play } = texts()
  const [results, setResults] = useState<Record<string, string>>({})
  if (calls.length === 0) return null
  const send = (event: Event) => {
    event.preventDefault()
    sendMessages(calls.map(({ id, name }) => ({ role: 'tool', callId: id, name, text: results[id] ?? '' })))
  }
  return (
    <form class="tool-calls" onSubmit={send}>
      {calls.map(({ id, name, arguments: args }) => (
        <div key={id}>
          <h3>{play.toolCall(name)}</h3>
          <CodeBlock text={args} />
          {takesResults ? (
            <Field label={play.toolResult(name)}>
              {(field) => (
                <textarea
                  id={field}
                  rows={2}
                  class="code"
                  value={results[id] ?? ''}
                  onInput={(event) => setResults({ ...results, [id]: event.currentTarget.value })}
                />
              )}
            </Field>
          ) : null}
        </div>
      ))}
      {takesResults ? (
        <button type="submit" disabled={isBusy.value}>
          {play.sendResults}
        </button>
      ) : null}
    </form>
  )
}
