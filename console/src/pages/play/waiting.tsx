import { useEffect, useState } from 'preact/hooks'
import { formatDuration, texts } from '../../texts/texts.ts'

const TICK_MS = 100

/** The time waited for the first byte so far. */
export function Waiting({ startedMs }: { startedMs: number }) {
  const [elapsedMs, setElapsedMs] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setElapsedMs(performance.now() - startedMs), TICK_MS)
    return () => clearInterval(timer)
  }, [startedMs])
  return <p class="muted">{texts().play.waiting(formatDuration(elapsedMs))}</p>
}

/** A countdown of seconds until a retry is allowed. */
export function useCountdown(seconds: number | undefined): number {
  const [left, setLeft] = useState(seconds ?? 0)
  useEffect(() => {
    if (seconds === undefined) return
    const endMs = Date.now() + seconds * 1000
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((endMs - Date.now()) / 1000))), TICK_MS)
    return () => clearInterval(timer)
  }, [seconds])
  return left
}
