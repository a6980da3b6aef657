import type { Call } from './calls.ts'
import type { Act } from './script.ts'

/** How long silence lasts, in milliseconds: longer than any deadline under test. */
const SILENCE_MILLISECONDS = 3_600_000
/** The delay between two writes: the runtime merges simultaneous writes into one chunk, even with a delay of 0. */
const GAP_MILLISECONDS = 1
/** The delay before a break: the runtime drops bytes that it has not sent yet. */
const GAP_BEFORE_BREAK_MILLISECONDS = 20

/**
 * A response body that plays acts and updates the frames, usage and outcome of the log entry. Erroring the stream
 * makes the runtime cut the connection.
 */
export function play(acts: readonly Act[], call: Call): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const act = acts[next++]
          if (act === undefined) {
            call.outcome = 'answered'
            controller.close()
            return
          }
          if (act.kind === 'write') {
            if (next > 1) await scheduler.wait(GAP_MILLISECONDS)
            if (act.frame) call.frames++
            if (act.usage !== undefined) call.usage = act.usage
            controller.enqueue(act.bytes)
            return
          }
          if (act.kind === 'break') {
            await scheduler.wait(GAP_BEFORE_BREAK_MILLISECONDS)
            call.outcome = 'cut'
            controller.error(new Error('The emulator was asked to cut this connection.'))
            return
          }
          await scheduler.wait(act.kind === 'wait' ? act.milliseconds : SILENCE_MILLISECONDS)
        }
      },
      cancel() {
        call.outcome = 'left'
      },
    },
    { highWaterMark: 0 },
  )
}

/** Marks the log entry of a call if the caller leaves before the response starts. */
export function watchCaller(signal: AbortSignal, call: Call): void {
  signal.addEventListener('abort', () => {
    if (call.outcome === 'open') call.outcome = 'left'
  })
}

/** Resolves when the caller has left; the runtime drops the whole call as soon as it sees the caller leave. */
export async function stall(): Promise<void> {
  await scheduler.wait(SILENCE_MILLISECONDS)
}
