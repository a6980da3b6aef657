import type { Env } from '../config.ts'
import type { Frame } from '../dashscope/stream/frames.ts'

/** A job that answers an event of a hook. */
export interface HookJob {
  id: string
  /** The client key's id, which is the name of the ledger. */
  key: string
  hook: string
  /** JSON of the event. */
  event: string
}

/** The additions of hooks to the call of a job. */
export interface HookWork {
  /** The request body with the event's images, which could not be loaded before the event was acknowledged. */
  body: Uint8Array<ArrayBuffer>
  /** Follows the response while it arrives; undefined if the hook waits for the whole response. */
  watch?: { frame: (frame: Frame) => void; end: () => Promise<void> }
}

type PrepareHookWork = (env: Env, job: HookJob, body: Uint8Array<ArrayBuffer>) => Promise<HookWork>

let prepare: PrepareHookWork | undefined

/** Called by src/hooks when its module is loaded, since this layer cannot import it. */
export function registerHookWork(work: PrepareHookWork): void {
  prepare = work
}

/** The additions to the call of a job; undefined for jobs without an event. */
export async function hookWork(
  env: Env,
  job: HookJob | undefined,
  body: Uint8Array<ArrayBuffer>,
): Promise<HookWork> {
  return job && prepare ? prepare(env, job, body) : { body }
}
