import type { Message } from '../../play/conversation.ts'
import { textOf } from '../../play/conversation.ts'
import { isBusy, type Turn, takeBack } from '../../play/thread.ts'
import { texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Media } from '../../ui/media.tsx'
import { attach } from './attachments.tsx'
import { draft } from './composer.tsx'
import { ReplyView } from './reply.tsx'

/** A message and its responses side by side. */
export function TurnView({ turn, isLast }: { turn: Turn; isLast: boolean }) {
  const { play } = texts()
  const [first] = turn.sent
  return (
    <article class="turn">
      {turn.sent.map((message, position) => (
        <Sent key={`${message.role}-${position}`} message={message} />
      ))}
      {first?.role === 'user' ? (
        <button
          type="button"
          class="quiet edit"
          disabled={isBusy.value}
          onClick={() => {
            draft.value = textOf(first)
            attach(first.parts)
            takeBack(turn)
          }}
        >
          {play.edit}
        </button>
      ) : null}
      <div class="replies" data-count={turn.replies.length}>
        {turn.replies.map((reply, side) => (
          <ReplyView key={`${reply.model}-${reply.startedMs}`} turn={turn} side={side} isLast={isLast} />
        ))}
      </div>
    </article>
  )
}

function Sent({ message }: { message: Message }) {
  const { play } = texts()
  if (message.role === 'assistant') return null
  if (message.role === 'tool') {
    return (
      <div class="message from-user">
        <h2>{play.toolResult(message.name)}</h2>
        <CodeBlock text={message.text} />
      </div>
    )
  }
  const typed = textOf(message)
  const attached = message.parts.filter((part) => part.kind !== 'text')
  return (
    <div class="message from-user">
      <h2>{play.you}</h2>
      {typed ? <p class="typed">{typed}</p> : null}
      {attached.length > 0 ? (
        <div class="row">
          {attached.map((part, position) => {
            if (part.kind === 'file') return <code key={position}>{part.name}</code>
            return <Media key={position} kind={part.kind} url={part.url} name={part.name} />
          })}
        </div>
      ) : null}
    </div>
  )
}
