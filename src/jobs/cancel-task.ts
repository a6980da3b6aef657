import { type Env, readConfig } from '../config.ts'
import { targetsAt } from '../dashscope/targets.ts'
import { pollersOf } from './bindings.ts'

/** DashScope cancels a task within milliseconds. */
const CANCEL_TIMEOUT_MS = 10_000

/**
 * Stops watching the task of a canceled job, and cancels it at DashScope, which allows it only while the task is
 * PENDING. The job is canceled whatever DashScope's response is.
 */
export async function cancelTask(env: Env, task: { id: string; home: string }): Promise<void> {
  const [target] = targetsAt(readConfig(env).targets, task.home) ?? []
  if (!target) return
  await pollersOf(env).getByName(task.home).unwatch(task.id)
  const response = await fetch(`${target.baseUrl}/api/v1/tasks/${encodeURIComponent(task.id)}/cancel`, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.apiKey}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(CANCEL_TIMEOUT_MS),
  })
  await response.body?.cancel()
}
