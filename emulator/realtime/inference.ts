import { type JsonObject, objectOf, parseObject, textOf } from '../json.ts'
import { modelExists } from '../models.ts'
import { startDialog } from './dialog.ts'
import { startRecognition } from './recognition.ts'
import type { Listener, Session } from './session.ts'
import { startSynthesis } from './synthesis.ts'
import type { InferenceTask, TaskStart, TaskVoice } from './task.ts'

interface OpenTask {
  task: InferenceTask | undefined
  hasStarted: boolean
  /** Text, audio and the end that arrived before the task had started. */
  early: (() => void)[]
}

/** Models that are available only over `/realtime`. */
const REALTIME_ONLY = /(?:omni|livetranslate|qwen3-tts|qwen-tts|qwen3-asr).*realtime|audio-realtime/

/** How long DashScope takes to start a task. */
const START_MILLISECONDS = 200

/**
 * The state machine of `/api-ws/v1/inference`: several tasks on one socket, one after the other, or in parallel for
 * tasks without binary frames. A task that fails closes the socket.
 */
export function inference(session: Session, socketFault: string): Listener {
  const tasks = new Map<string, OpenTask>()
  const event = (taskId: string, name: string, header: JsonObject, payload: JsonObject) =>
    session.send({ header: { task_id: taskId, event: name, ...header, attributes: {} }, payload })
  const fail = (taskId: string, code: string, message: string) => {
    event(taskId, 'task-failed', { error_code: code, error_message: message }, {})
    for (const { task } of tasks.values()) task?.stop()
    session.close(1000, 'task failed')
  }
  const run = (taskId: string, header: JsonObject, payload: JsonObject) => {
    const input = objectOf(payload.input)
    if (payload.input === undefined) {
      return fail(taskId, 'InvalidParameter', "Missing required parameter 'payload.input'!")
    }
    const model = textOf(payload.model)
    session.call.model = model
    const fault = /^fault-(.*)/.exec(model)?.[1] ?? socketFault
    const parameters = objectOf(payload.parameters)
    if (payload.task !== 'multimodal-generation') {
      if (REALTIME_ONLY.test(model)) return fail(taskId, 'InvalidParameter', 'url error, please check url！')
      if (!modelExists(model) && !/^(?:cosyvoice|sambert|gummy|multimodal-dialog)/.test(model)) {
        return fail(taskId, 'ModelNotFound', `Model not found (${model})!`)
      }
    }
    if (textOf(parameters.voice).includes('invalid')) {
      return fail(taskId, 'InvalidParameter', 'Invalid voice specified.')
    }
    if (fault === 'fail-start') return fail(taskId, 'InternalError', 'The task could not be started.')
    if (fault === 'throttle') return fail(taskId, 'Throttling.RateQuota', 'Requests rate limit exceeded')
    const open: OpenTask = { task: undefined, hasStarted: false, early: [] }
    tasks.set(taskId, open)
    if (fault === 'silent') return
    session.after(fault === 'slow' ? 20 * START_MILLISECONDS : START_MILLISECONDS, () => {
      open.hasStarted = true
      event(taskId, 'task-started', {}, {})
      const voice: TaskVoice = {
        result: (output, usage) => event(taskId, 'result-generated', {}, { output, usage }),
        bytes: (bytes) => {
          session.sendBytes(bytes)
          if (fault === 'die') session.close(1011, 'died')
        },
        finished: (usage) => {
          if (fault === 'no-finish') return
          tasks.delete(taskId)
          // The SDKs interpret any output of Sambert, which streams in one direction, as a sentence.
          const output = header.streaming === 'out' ? null : {}
          event(taskId, 'task-finished', {}, { output, usage: fault === 'no-usage' ? null : usage })
        },
        failed: (code, message) => fail(taskId, code, message),
        after: session.after,
        used: (usage) => session.used(taskId, usage),
      }
      open.task = starterOf(textOf(payload.task))(voice, {
        model,
        parameters,
        input,
        streaming: textOf(header.streaming),
      })
      for (const send of open.early) send()
    })
  }
  return {
    text: (text) => {
      const frame = parseObject(text)
      const header = objectOf(frame?.header)
      const payload = objectOf(frame?.payload)
      const taskId = textOf(header.task_id)
      if (frame === undefined || frame.header === undefined) {
        return fail(taskId, 'InvalidParameter', 'Invalid payload data')
      }
      const open = tasks.get(taskId)
      if (header.action === 'run-task') {
        if (open) return fail(taskId, 'InvalidParameter', `task id ${taskId} is in use`)
        return run(taskId, header, payload)
      }
      if (!open) return fail(taskId, 'InvalidParameter', `task id ${taskId} is not known`)
      const input = objectOf(payload.input)
      const act = actionOf(header.action, open, input)
      if (!act) return fail(taskId, 'InvalidParameter', 'Invalid payload data')
      // The SDK for Java (2.22.13) does not always wait for task-started.
      if (open.hasStarted) act()
      else open.early.push(act)
    },
    bytes: (bytes) => {
      const running = [...tasks.values()].find(({ task }) => task)
      const starting = [...tasks.values()].find(({ hasStarted }) => !hasStarted)
      if (running) running.task?.bytes(bytes)
      // The same as for text and the end.
      else if (starting) starting.early.push(() => starting.task?.bytes(bytes))
      else fail('', 'InvalidParameter', 'Binary data without a task')
    },
  }
}

/** The effect of a frame on its task; undefined for an unknown action. */
function actionOf(action: unknown, open: OpenTask, input: JsonObject): (() => void) | undefined {
  if (action === 'continue-task') return () => open.task?.proceed(input)
  if (action === 'finish-task') return () => open.task?.finish(input)
  return undefined
}

function starterOf(task: string): (voice: TaskVoice, start: TaskStart) => InferenceTask {
  if (task === 'asr') return startRecognition
  return task === 'multimodal-generation' ? startDialog : startSynthesis
}
