import { readVideoId, type VideoRequest, videoId } from '../dashscope/video-id.ts'
import { videoObject } from '../dashscope/video-object.ts'
import { GatewayError } from '../errors.ts'
import type { JsonObject } from '../lib/json/object.ts'
import type { Translated, Translation, TranslationContext } from '../proxy/translation.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { failedTask, jsonResponse, readNative, textAt } from './native-response.ts'
import { nativeEndpoint } from './plan.ts'
import { relayFile } from './relay-file.ts'

/** The response to the request for a video: the video, which has just been queued. */
export function createdVideo(request: Omit<VideoRequest, 'task'>, nowMs: number): Translation {
  return {
    respond: async (upstream, context) => {
      const read = readNative(upstream)
      if (read.kind === 'error') return { response: read.response }
      const task = textAt(read.output, 'task_id')
      if (task === undefined)
        throw new GatewayError('upstream', "DashScope's response has no task. Try again.")
      const whole = { ...request, task }
      const id = videoId(whole)
      await context.keepVideo(id)
      return { response: jsonResponse(200, videoObject(id, whole, read.output, nowMs), read.headers) }
    },
  }
}

/** The state of a video. */
export function shownVideo(id: string, nowMs: number): Translation {
  return withTask(id, async (output, headers) => ({
    response: jsonResponse(200, videoObject(id, readVideoId(id), output, nowMs), headers),
  }))
}

/** The file of a completed video. */
export function videoContent(id: string): Translation {
  return withTask(id, async (output, headers, context) => {
    const { task_status: status } = output
    const address = textAt(output, 'video_url')
    if (status === 'SUCCEEDED' && address) return relayFile(address, 'video/mp4', headers, context)
    if (status === 'FAILED' || status === 'CANCELED') return { response: failedTask(output, headers) }
    throw new GatewayError(
      'conflict',
      `The video is not complete: its task is ${String(status)}. Try again later.`,
    )
  })
}

/**
 * Deletes the record of a video. DashScope cancels only waiting tasks, and deletes results by itself after a day. A
 * running task is billed, so its record is kept until its charge is known.
 */
export function deletedVideo(id: string): Translation {
  return withTask(id, async (output, headers, context) => {
    const { task } = readVideoId(id)
    if (output.task_status === 'PENDING') {
      const path = `/api/v1/tasks/${task}/cancel`
      const canceled = await context.ask({ endpoint: nativeEndpoint('task-cancel'), path, id: task })
      if (canceled.kind === 'open' || canceled.status !== 200) throw running('PENDING')
      await context.ask({ endpoint: nativeEndpoint('task'), path: `/api/v1/tasks/${task}`, id: task })
    } else if (output.task_status === 'RUNNING' || output.task_status === 'SUSPENDED') {
      throw running(output.task_status)
    }
    await context.forgetVideo(id, task)
    return { response: jsonResponse(200, { id, object: 'video.deleted', deleted: true }, headers) }
  })
}

function running(status: string): GatewayError {
  return new GatewayError(
    'conflict',
    `The task of the video is ${status} and cannot be deleted. Delete it when it has ended.`,
  )
}

/** A response built from the state of the video's task. */
function withTask(
  id: string,
  respond: (
    output: JsonObject,
    headers: [string, string][],
    context: TranslationContext,
  ) => Promise<Translated>,
): Translation {
  return {
    respond: (upstream: UpstreamResponse, context) => {
      const read = readNative(upstream)
      if (read.kind === 'error') return Promise.resolve({ response: read.response })
      if (read.output.task_status === 'UNKNOWN') {
        throw new GatewayError(
          'notFound',
          `There is no video "${id.slice(0, 80)}". DashScope keeps videos for a day.`,
        )
      }
      return respond(read.output, read.headers, context)
    },
  }
}
