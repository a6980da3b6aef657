import type { JsonObject } from '../../lib/json/object.ts'

/** Joins the frames of one dialect. */
export interface Joiner {
  /** Takes the next frame; false if the stream cannot be joined any more. */
  add: (body: JsonObject) => boolean
  /** Called when `[DONE]` has arrived. */
  done: () => void
  /** Returns the response, or undefined if it is incomplete. */
  finish: () => JsonObject | undefined
}
