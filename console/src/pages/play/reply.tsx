import { useState } from 'preact/hooks'
import type { Reply } from '../../play/reply.ts'
import { askAgain, isBusy, isRunning, type Turn } from '../../play/thread.ts'
import { texts } from '../../texts/texts.ts'
import { CodeDialog } from './code.tsx'
import { Figures } from './figures.tsx'
import { RawDialog } from './raw.tsx'
import { Refusal } from './refusal.tsx'
import { ChoiceView } from './reply-choice.tsx'
import { Waiting } from './waiting.tsx'

/** The cache directives of the buttons under a response (docs/cache.md). */
const PAST_CACHE = { 'cache-control': 'no-cache' }
const ONLY_CACHE = { 'cache-control': 'only-if-cached' }

/** One response: its choices, figures and actions. */
export function ReplyView({ turn, side, isLast }: { turn: Turn; side: number; isLast: boolean }) {
  const reply = turn.replies[side]
  if (!reply) return null
  return (
    <div class="message from-model">
      <h2>{reply.model}</h2>
      {reply.choices.value.map((_, position) => (
        <ChoiceView
          key={position}
          reply={reply}
          position={position}
          isOpen={isLast}
          takesResults={isLast && turn.replies.length === 1}
        />
      ))}
      <Sources reply={reply} />
      <Outcome reply={reply} onRetry={() => askAgain(turn, side)} />
      <Figures reply={reply} />
      {isRunning(reply.progress.value) ? null : <Actions reply={reply} turn={turn} side={side} />}
    </div>
  )
}

function Sources({ reply }: { reply: Reply }) {
  if (reply.sources.value.length === 0) return null
  return (
    <div class="sources">
      <h3>{texts().play.sources}</h3>
      <ol>
        {reply.sources.value.map(({ title, url }) => (
          <li key={url}>
            {/^https?:/i.test(url) ? (
              <a
                href={url}
                target="_blank"
                rel="noopener noreferrer nofollow"
                data-host={URL.parse(url)?.host}
              >
                {title || url}
              </a>
            ) : (
              title
            )}
          </li>
        ))}
      </ol>
    </div>
  )
}

/**
 * The outcome of the response in words. The text itself is not a live region, since it would be read out chunk by
 * chunk.
 */
function Outcome({ reply, onRetry }: { reply: Reply; onRetry: () => void }) {
  const { play } = texts()
  const progress = reply.progress.value
  if (progress === 'waiting') return <Waiting startedMs={reply.startedMs} />
  const failure = reply.failure.value
  return (
    <>
      <p class={progress === 'broken' ? 'problem' : 'muted'} role="status">
        {progress === 'stopped' ? play.stopped : null}
        {progress === 'broken' ? play.broken : null}
        {progress === 'done' ? <span class="visually-hidden">{play.complete}</span> : null}
      </p>
      {failure ? <Refusal reply={reply} failure={failure} onRetry={onRetry} /> : null}
    </>
  )
}

function Actions({ reply, turn, side }: { reply: Reply; turn: Turn; side: number }) {
  const { play } = texts()
  const [open, setOpen] = useState<'raw' | 'code'>()
  const close = () => setOpen(undefined)
  return (
    <div class="row actions">
      <button type="button" class="quiet" disabled={isBusy.value} onClick={() => askAgain(turn, side)}>
        {play.retry}
      </button>
      <button
        type="button"
        class="quiet"
        disabled={isBusy.value}
        onClick={() => askAgain(turn, side, PAST_CACHE)}
      >
        {play.pastCache}
      </button>
      <button
        type="button"
        class="quiet"
        disabled={isBusy.value}
        onClick={() => askAgain(turn, side, ONLY_CACHE)}
      >
        {play.onlyCache}
      </button>
      <button type="button" class="quiet" onClick={() => setOpen('raw')}>
        {play.rawEvents}
      </button>
      <button type="button" class="quiet" onClick={() => setOpen('code')}>
        {play.showCode}
      </button>
      {open === 'raw' ? <RawDialog reply={reply} onClose={close} /> : null}
      {open === 'code' ? <CodeDialog reply={reply} turn={turn} side={side} onClose={close} /> : null}
    </div>
  )
}
