import type { Config } from '../config.ts'
import type { SocketEndpoint } from '../dashscope/socket-endpoints.ts'
import type { Target, Targets } from '../dashscope/targets.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { MeterClient } from '../meter/client.ts'
import type { Ending } from '../meter/settlement.ts'
import type { Principal } from '../policy/key-record.ts'
import type { FrameRules } from './rules.ts'
import { SliceAccount } from './slice-account.ts'
import type { SocketUsage } from './usage-counter.ts'

/** What a session on a socket needs of the request that opened it. */
export interface SocketContext {
  requestId: string
  endpoint: SocketEndpoint
  /** The caller's headers. */
  headers: HeaderMap
  principal: Principal
  rules: FrameRules
  config: Config
  meter: MeterClient
  /**
   * Where a model may be asked.
   *
   * @throws GatewayError `denied` where the key may go nowhere.
   */
  targetsFor: (model: string) => Targets
  /**
   * Checks the credential again, for sessions that outlive it.
   *
   * @throws GatewayError where it has expired or was revoked.
   */
  recheck: (nowMs: number) => Promise<void>
  /** Writes the line of the log that one task or session has. */
  log: (ended: EndedAccount) => void
}

/** How one task or session ended. */
export interface EndedAccount {
  ending: Ending
  model: string
  target: Target
  usage: SocketUsage
  /** Micros; undefined where no price is known. */
  money: number | undefined
  slices: number
  /** `/inference` only. */
  taskId: string | undefined
  framesUp: number
  framesDown: number
  startedMs: number
}

/** The account of one task or session of a socket. */
export function accountFor(
  context: SocketContext,
  asked: { model: string; target: Target; startedMs: number; taskId?: string },
  frames: { framesUp: number; framesDown: number },
): SliceAccount {
  const { meter, principal, config, requestId, log } = context
  const { model, target, startedMs, taskId } = asked
  return new SliceAccount({
    meter,
    principal,
    model,
    id: taskId === undefined ? requestId : `${requestId}:${taskId}`,
    config,
    target,
    settled: (ending, usage, money, slices) =>
      log({
        ending,
        model,
        target,
        usage,
        money,
        slices,
        taskId,
        framesUp: frames.framesUp,
        framesDown: frames.framesDown,
        startedMs,
      }),
  })
}

/** Frames a caller may send in a second; ten times what real-time audio needs. */
const MAX_FRAMES_PER_SECOND = 500

/** Counts frames; returns false above {@link MAX_FRAMES_PER_SECOND}. */
export function frameRate(): (nowMs: number) => boolean {
  let second = 0
  let frames = 0
  return (nowMs) => {
    const now = Math.floor(nowMs / 1000)
    frames = now === second ? frames + 1 : 1
    second = now
    return frames <= MAX_FRAMES_PER_SECOND
  }
}
