import type { Task } from '../accounts.ts'
import type { JsonObject } from '../json.ts'
import { resultAddress } from '../results.ts'
import { type Usage, unitsOf } from '../tokens.ts'

/** How long a task runs, in milliseconds. */
export const RUNNING_MILLISECONDS = 100
/** DashScope's task times are in Beijing time, without a time zone. */
const BEIJING_OFFSET_MILLISECONDS = 8 * 3_600_000

/** The fixed usage of tasks. */
const VIDEO_SECONDS = 5
const EMBEDDED_TOKENS = 384
const FILE_SECONDS = 4
const RECORDING_SECONDS = 9

/** The billed usage of a successful task. */
export function taskUsage({ service, model, pieces }: Task): Usage {
  if (service.endsWith('video-synthesis')) return unitsOf({ video_seconds: VIDEO_SECONDS })
  if (service.includes('text-embedding'))
    return unitsOf({ input_tokens: EMBEDDED_TOKENS, total_tokens: EMBEDDED_TOKENS })
  if (service.includes('asr'))
    return unitsOf({ seconds: model.includes('filetrans') ? FILE_SECONDS : RECORDING_SECONDS })
  return unitsOf({ images: pieces })
}

/** The status of a task, which depends only on the time. */
export function statusOf(task: Task, now: number): string {
  if (task.canceledAt !== undefined) return 'CANCELED'
  const age = now - task.submittedAt
  if (age < task.pendingMilliseconds) return 'PENDING'
  if (age < task.pendingMilliseconds + RUNNING_MILLISECONDS) return 'RUNNING'
  return task.fails ? 'FAILED' : 'SUCCEEDED'
}

/** A time in the format of tasks, `2024-03-01 17:38:24.817` in Beijing time. */
export function beijingTime(at: number): string {
  return new Date(at + BEIJING_OFFSET_MILLISECONDS).toISOString().replace('T', ' ').replace('Z', '')
}

/** `output` and, after success, `usage` of a task, in the format of GET /tasks/{id}. */
export function taskOutput(task: Task, now: number, origin: string): JsonObject {
  const status = statusOf(task, now)
  const started = task.submittedAt + task.pendingMilliseconds
  const basic = {
    task_id: task.id,
    task_status: status,
    submit_time: beijingTime(task.submittedAt),
    ...(status === 'PENDING' ? {} : { scheduled_time: beijingTime(task.canceledAt ?? started) }),
  }
  const metrics = { TOTAL: task.pieces, SUCCEEDED: 0, FAILED: 0 }
  if (status === 'PENDING' || status === 'RUNNING') return { output: { ...basic, task_metrics: metrics } }
  const ended = { ...basic, end_time: beijingTime(task.canceledAt ?? started + RUNNING_MILLISECONDS) }
  if (status === 'CANCELED') return { output: ended }
  if (status === 'FAILED') {
    const code = 'InternalError.Timeout'
    const message = 'An internal timeout error has occured during execution.'
    return { output: { ...ended, code, message, task_metrics: { ...metrics, FAILED: task.pieces } } }
  }
  const { result, usage } = resultOf(task, origin)
  const done = { task_metrics: { ...metrics, SUCCEEDED: task.pieces } }
  return { output: { ...ended, ...result, ...done }, usage }
}

/** Each service names the result of a task differently. */
function resultOf(task: Task, origin: string): { result: JsonObject; usage: JsonObject } {
  const address = (index: number, ending: string): string =>
    resultAddress(origin, `${task.id}:${index}`, ending)
  const each = <Item>(make: (index: number) => Item): Item[] =>
    Array.from({ length: task.pieces }, (_, index) => make(index + 1))
  if (task.service.endsWith('video-synthesis')) {
    return {
      result: { video_url: address(1, 'mp4') },
      usage: { duration: VIDEO_SECONDS, video_count: 1, SR: Number.parseInt(task.resolution ?? '', 10) },
    }
  }
  if (task.service.includes('text-embedding')) {
    return { result: { url: address(1, 'txt.gz') }, usage: { total_tokens: EMBEDDED_TOKENS } }
  }
  if (task.service.includes('asr') && task.model.includes('filetrans')) {
    return { result: { result: { transcription_url: address(1, 'json') } }, usage: { seconds: FILE_SECONDS } }
  }
  if (task.service.includes('asr')) {
    const results = each((index) => ({
      transcription_url: address(index, 'json'),
      subtask_status: 'SUCCEEDED',
    }))
    return { result: { results }, usage: { duration: RECORDING_SECONDS } }
  }
  if (task.service.endsWith('image-generation/generation')) {
    const choices = each((index) => ({
      finish_reason: 'stop',
      message: { role: 'assistant', content: [{ image: address(index, 'png'), type: 'image' }] },
    }))
    return { result: { choices, finished: true }, usage: { image_count: task.pieces } }
  }
  const results = each((index) => ({ url: address(index, 'png') }))
  return { result: { results }, usage: { image_count: task.pieces } }
}
