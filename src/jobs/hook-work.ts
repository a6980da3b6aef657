import type { Env } from '../config.ts'
import type { Frame } from '../dashscope/stream/frames.ts'

/** A job that answers an event of a hook. */
export interface HookJob {
  id: string
  /** The client key's id, which names the ledger. */
  key: string
  hook: string
  /** JSON of the event. */
  event: string
}

/** What the room of hooks adds to the call of a job. */
export interface HookWork {
  /** The request body with what could not be in it when the event was acknowledged: the event's pictures. */
  body: Uint8Array<ArrayBuffer>
  /** Follows the response while it arrives; absent if the hook waits for the whole response. */
  watch?: { frame: (frame: Frame) => void; end: () => Promise<void> }
}

type PrepareHookWork = (env: Env, job: HookJob, body: Uint8Array<ArrayBuffer>) => Promise<HookWork>

let prepare: PrepareHookWork | undefined

/** Makes the room of hooks known to this one, when its module is loaded. */
export function registerHookWork(work: PrepareHookWork): void {
  prepare = work
}

/** What is added to the call of a job; nothing for jobs that answer no event. */
export async function hookWork(
  env: Env,
  job: HookJob | undefined,
  body: Uint8Array<ArrayBuffer>,
): Promise<HookWork> {
  return job && prepare ? prepare(env, job, body) : { body }
}
