import type { JsonObject } from '../lib/json/object.ts'
import type { VideoRequest } from './video-id.ts'

/** The states of OpenAI's videos by those of DashScope's tasks; UNKNOWN is a task that has expired. */
const STATES: Readonly<Record<string, 'queued' | 'in_progress' | 'completed' | 'failed'>> = {
  PENDING: 'queued',
  RUNNING: 'in_progress',
  SUSPENDED: 'in_progress',
  SUCCEEDED: 'completed',
  FAILED: 'failed',
  CANCELED: 'failed',
}

/** DashScope keeps a result for 24 hours. */
const KEPT_SECONDS = 86_400

/** Task times have no time zone; they are in Beijing time. */
const BEIJING = '+08:00'

/**
 * OpenAI's video object for the state of a task.
 *
 * @param id the id of the video for the caller.
 * @param output `output` of the lookup or submit response.
 * @param nowMs used for a task without a submit time.
 */
export function videoObject(
  id: string,
  request: VideoRequest,
  output: JsonObject,
  nowMs: number,
): JsonObject {
  const state = typeof output.task_status === 'string' ? output.task_status : ''
  const status = STATES[state] ?? 'in_progress'
  const completed = status === 'completed' ? secondsAt(output.end_time) : undefined
  return {
    id,
    object: 'video',
    model: request.model,
    status,
    progress: status === 'completed' ? 100 : 0,
    created_at: secondsAt(output.submit_time) ?? Math.floor(nowMs / 1000),
    completed_at: completed ?? null,
    expires_at: completed === undefined ? null : completed + KEPT_SECONDS,
    seconds: request.seconds,
    size: request.size,
    remixed_from_video_id: null,
    error: status === 'failed' ? errorOf(output, state) : null,
  }
}

function errorOf({ code, message }: JsonObject, state: string): JsonObject {
  return {
    code: typeof code === 'string' && code !== '' ? code : state.toLowerCase(),
    message: typeof message === 'string' ? message : `The task ended as ${state}.`,
  }
}

/** `2026-11-28 17:38:24.817` as seconds since 1970. */
function secondsAt(time: unknown): number | undefined {
  if (typeof time !== 'string') return undefined
  const milliseconds = Date.parse(`${time.replace(' ', 'T')}${BEIJING}`)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}
