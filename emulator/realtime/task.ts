import type { JsonObject } from '../json.ts'
import type { Session } from './session.ts'

/** A task that is running on a socket. */
export interface InferenceTask {
  proceed: (input: JsonObject) => void
  bytes: (bytes: Uint8Array) => void
  finish: (input: JsonObject) => void
  stop: () => void
}

/** The messages that a task can send. */
export interface TaskVoice {
  result: (output: JsonObject, usage: JsonObject | null) => void
  bytes: (bytes: Uint8Array) => void
  finished: (usage: JsonObject | null) => void
  failed: (code: string, message: string) => void
  after: Session['after']
  used: (usage: JsonObject) => void
}

/** The start parameters of a task. */
export interface TaskStart {
  model: string
  parameters: JsonObject
  input: JsonObject
  streaming: string
}
