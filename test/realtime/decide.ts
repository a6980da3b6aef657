import type { GatewayError } from '../../src/errors.ts'
import type { Frozen, Policy } from '../../src/policy/key-record.ts'
import { readTextFrame } from '../../src/realtime/frame.ts'
import { decideSessionFrame } from '../../src/realtime/session-frames.ts'
import { decideTaskFrame } from '../../src/realtime/task-frames.ts'

export const rulesOf = (policy: Partial<Policy> = {}, frozen?: Frozen) => ({
  policy: { cache_generation: 0, ...policy },
  frozen,
  isSession: frozen !== undefined,
})

export const run = (payload: object, taskId = 't1') =>
  readTextFrame(
    JSON.stringify({ header: { action: 'run-task', task_id: taskId, streaming: 'duplex' }, payload }),
  )

export const none: ReadonlySet<string> = new Set()

export const decideTask = (payload: object, policy?: Partial<Policy>, frozen?: Frozen) =>
  decideTaskFrame(run(payload), none, none, rulesOf(policy, frozen))

export const STATE = { model: 'qwen3-omni-flash-realtime', isConfigured: false, media: 0 }

export const decideSession = (body: object, policy?: Partial<Policy>, frozen?: Frozen) =>
  decideSessionFrame(readTextFrame(JSON.stringify(body)), STATE, rulesOf(policy, frozen))

export const errorOf = (decision: { kind: string; error?: GatewayError }) =>
  decision.error?.message ?? decision.kind
