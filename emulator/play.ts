import type { Call } from './calls.ts'
import type { Act } from './script.ts'

/** How long silence lasts if the caller stays: longer than any deadline under test. In milliseconds. */
const SILENCE_MILLISECONDS = 3_600_000
/** Between two writes: the runtime joins writes that are ready at once into one chunk, and 0 does not keep them apart. */
const GAP_MILLISECONDS = 1
/** Before a break: what the runtime has not sent when the break comes, it drops. */
const GAP_BEFORE_BREAK_MILLISECONDS = 20

/**
 * Takes the acts of an answer and its entry in the call log; returns the body that plays them, and keeps the entry's
 * frames, usage and outcome true while it does. Erroring the stream makes the runtime cut the connection.
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

/** Takes the caller's signal and the call's log entry; marks the entry when the caller leaves before the answer began. */
export function watchCaller(signal: AbortSignal, call: Call): void {
  signal.addEventListener('abort', () => {
    if (call.outcome === 'open') call.outcome = 'left'
  })
}

/** Resolves when the caller has left; the runtime drops the whole call as soon as it sees the caller leave. */
export async function stall(): Promise<void> {
  await scheduler.wait(SILENCE_MILLISECONDS)
}
