import type { JsonObject } from '../json.ts'
import type { Session } from './session.ts'

/** A task that is running on a socket. */
export interface InferenceTask {
  proceed: (input: JsonObject) => void
  bytes: (bytes: Uint8Array) => void
  finish: (input: JsonObject) => void
  stop: () => void
}

/** What a task may say. */
export interface TaskVoice {
  result: (output: JsonObject, usage: JsonObject | null) => void
  bytes: (bytes: Uint8Array) => void
  finished: (usage: JsonObject | null) => void
  failed: (code: string, message: string) => void
  after: Session['after']
  used: (usage: JsonObject) => void
}

/** What a task is started with. */
export interface TaskStart {
  model: string
  parameters: JsonObject
  input: JsonObject
  streaming: string
}
