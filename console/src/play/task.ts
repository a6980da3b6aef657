import { ask } from '../gateway/ask.ts'
import { failureOfTask, isOver, type Made, readMade, readTask, type Task } from './make.ts'

/** The first poll interval: tasks take seconds to minutes, and an account may make 20 lookups a second in total. */
const FIRST_POLL_MS = 1000
const MAX_POLL_MS = 5000

/**
 * Polls a task to its end; a response that is not a task is the result itself.
 *
 * @param submitted the response to the submit.
 * @param report receives every state.
 * @throws GatewayFailure if the task fails.
 */
export async function runTask(
  submitted: unknown,
  key: string,
  signal: AbortSignal,
  report: (task: Task) => void,
): Promise<Made> {
  let body = submitted
  if (readTask(body).id === '') return readMade(body)
  for (let waitMs = FIRST_POLL_MS; !isOver(readTask(body)); waitMs = Math.min(MAX_POLL_MS, waitMs * 1.3)) {
    report(readTask(body))
    await wait(waitMs, signal)
    body = await ask(`/api/v1/tasks/${readTask(body).id}`, { credential: key, signal })
  }
  const failure = failureOfTask(body)
  if (failure) throw failure
  return readMade(body)
}

/** Cancels a waiting task; DashScope refuses if it is already running. */
export function cancelTask(id: string, key: string): Promise<unknown> {
  return ask(`/api/v1/tasks/${id}/cancel`, { method: 'POST', credential: key })
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
