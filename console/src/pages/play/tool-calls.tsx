import { useState } from 'preact/hooks'
import type { Answer } from '../../play/answer.ts'
import { isBusy, isRunning, sendMessages, type Turn } from '../../play/thread.ts'
import { texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Field } from '../../ui/controls.tsx'

/** Functions that the model calls, with fields for results that the user writes: nothing is executed. */
export function ToolCalls({ answer, isLast }: { answer: Answer; turn: Turn; isLast: boolean }) {
  const { play } = texts()
  const calls = answer.calls.value
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
          {isLast && !isRunning(answer.progress.value) ? (
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
      {isLast && !isRunning(answer.progress.value) ? (
        <button type="submit" disabled={isBusy.value}>
          {play.sendResults}
        </button>
      ) : null}
    </form>
  )
}
