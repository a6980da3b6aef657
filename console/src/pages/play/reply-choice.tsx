import type { Reply } from '../../play/reply.ts'
import type { ReplyChoice } from '../../play/reply-choice.ts'
import { isRunning } from '../../play/thread.ts'
import { formatDuration, texts } from '../../texts/texts.ts'
import { Markdown } from '../../ui/markdown.tsx'
import { ToolCalls } from './tool-calls.tsx'

/**
 * One choice of a response: thinking, text and tool calls. One of several is selected to continue the conversation.
 *
 * @param props.isOpen whether the conversation can still be continued from this response.
 * @param props.takesResults whether results of tools can be sent.
 */
export function ChoiceView(props: {
  reply: Reply
  position: number
  isOpen: boolean
  takesResults: boolean
}) {
  const { play } = texts()
  const { reply, position, isOpen, takesResults } = props
  const { choices, chosen, progress, startedMs } = reply
  const choice = choices.value[position]
  if (!choice) return null
  const isChosen = chosen.value === position
  return (
    <div class="reply-choice">
      {choices.value.length > 1 ? (
        <label class="check">
          <input
            type="radio"
            name={`choice-${startedMs}`}
            checked={isChosen}
            disabled={!isOpen}
            onChange={() => {
              chosen.value = position
            }}
          />
          <span>
            <strong>{play.choice(position + 1)}</strong> {isChosen ? play.continues : null}
          </span>
        </label>
      ) : null}
      <Thinking reply={reply} choice={choice} />
      <Markdown source={choice.text} isEnded={!isRunning(progress.value)} />
      <ToolCalls
        calls={choice.calls.value}
        takesResults={takesResults && isChosen && !isRunning(progress.value)}
      />
    </div>
  )
}

function Thinking({ reply, choice }: { reply: Reply; choice: ReplyChoice }) {
  const { play } = texts()
  if (choice.thinking.value === '') return null
  const endedMs = choice.thoughtMs.value ?? reply.totalMs.value
  return (
    <details class="thinking">
      <summary>{endedMs === undefined ? play.thoughtOnly : play.thought(formatDuration(endedMs))}</summary>
      <Markdown source={choice.thinking} isEnded={endedMs !== undefined} />
    </details>
  )
}
