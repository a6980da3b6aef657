import { type Env, readConfig } from '../config.ts'
import { objectAt, parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { pollersOf } from './bindings.ts'

/**
 * Alibaba EventBridge reports the end of DashScope's tasks. A report only triggers a lookup of the task, so a forged
 * report has no other effect.
 */

/** The id of the task whose end an event reports; undefined for any other event. */
export function taskEndedIn(body: Uint8Array): string | undefined {
  const event = parseObject(textOf(body))
  if (event?.type !== 'dashscope:System:AsyncTaskFinish') return undefined
  const task = objectAt(event, 'data')?.task_id
  return typeof task === 'string' && task !== '' ? task : undefined
}

/**
 * Makes the poller that watches a task look it up at once.
 *
 * @returns whether a job watches it.
 */
export async function nudgeTask(env: Env, task: string): Promise<boolean> {
  const { targets } = readConfig(env)
  const found = await Promise.all(targets.map(({ id }) => pollersOf(env).getByName(id).nudge(task)))
  return found.includes(true)
}
