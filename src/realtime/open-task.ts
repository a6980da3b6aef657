import type { SliceAccount } from './slice-account.ts'
import type { Traffic } from './traffic.ts'
import type { UsageCounter } from './usage-counter.ts'

/** A task of `/inference` that has not ended. */
export interface OpenTask {
  account: SliceAccount
  counter: UsageCounter
  model: string
  takesAudio: boolean
  /** DashScope has accepted the task. */
  hasStarted: boolean
  traffic: Traffic
}
