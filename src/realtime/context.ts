import type { Config } from '../config.ts'
import type { SocketEndpoint } from '../dashscope/socket-endpoints.ts'
import type { Target, Targets } from '../dashscope/targets.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { JsonObject } from '../lib/json/object.ts'
import type { MeterClient } from '../meter/client.ts'
import { MAX_SESSION_SECONDS, type Principal } from '../policy/key-record.ts'
import type { FrameExcerpts } from './frame-excerpts.ts'
import type { SessionTiming } from './relay.ts'
import type { FrameRules } from './rules.ts'
import { type SettledAccount, SliceAccount } from './slice-account.ts'
import type { Traffic } from './traffic.ts'
import type { SocketUnit, UsageCounter } from './usage-counter.ts'

/** The parts of the opening request that a session on a socket needs. */
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
   * The targets for a model, in order of preference.
   *
   * @throws GatewayError `denied` if the key may not use any region.
   */
  targetsFor: (model: string) => Targets
  /**
   * Refuses a frame that names a voice, a vocabulary or another object of another key.
   *
   * @returns the targets that store the named objects; undefined if it names nothing with a home.
   * @throws GatewayError `notFound` and others, see requireNamed.
   */
  requireOwn: (body: JsonObject) => Promise<Targets | undefined>
  /**
   * Checks the credential again, for sessions that last longer.
   *
   * @throws GatewayError if it has expired or was revoked.
   */
  recheck: (nowMs: number) => Promise<void>
  /** Counts and logs a task or session that was refused before it had an account. */
  refused: (error: GatewayError) => void
  /** Writes the log line of a task or session. */
  log: (ended: EndedAccount) => void
}

/** The end of a task or session. */
export interface EndedAccount extends SettledAccount {
  model: string
  /** The currency of its money. */
  currency: string
  /** `/inference` only. */
  taskId: string | undefined
  /** Relayed frames of this task or session. */
  framesUp: number
  framesDown: number
  /** Audio from the caller, estimated as in UsageCounter. */
  audioInSeconds: number
  audioOutBytes: number
  /** Excerpts of its text frames, if bodies are logged. */
  excerpts: FrameExcerpts | undefined
  startedMs: number
}

/** The observed frames of a task or session. */
interface Watched extends Pick<UsageCounter, 'audioInSeconds'> {
  excerpts: () => FrameExcerpts | undefined
}

/**
 * Creates the account of a task or session.
 *
 * @param traffic its own traffic, which is read when it ends.
 */
export function accountFor(
  context: SocketContext,
  asked: { model: string; unit: SocketUnit; target: Target; startedMs: number; taskId?: string },
  traffic: Traffic,
  { audioInSeconds, excerpts }: Watched,
): SliceAccount {
  const { meter, principal, config, requestId, endpoint, log } = context
  const { model, unit, target, startedMs, taskId } = asked
  return new SliceAccount({
    meter,
    principal,
    model,
    unit,
    id: taskId === undefined ? requestId : `${requestId}:${taskId}`,
    endpoint: endpoint.name,
    config,
    target,
    settled: (settled) =>
      log({
        ...settled,
        model,
        currency: config.billing.currency,
        taskId,
        framesUp: traffic.framesUp,
        framesDown: traffic.framesDown,
        audioInSeconds: audioInSeconds(),
        audioOutBytes: traffic.audioOutBytes,
        excerpts: excerpts(),
        startedMs,
      }),
  })
}

/** The options of a relay: how long a socket may be open and how often it is charged. */
export function relayOptions({ requestId, config, principal }: SocketContext): SessionTiming {
  const { sliceSeconds } = config
  const sessionSeconds = principal.policy.caps?.session_seconds ?? MAX_SESSION_SECONDS
  return { requestId, sliceSeconds, sessionSeconds }
}

/**
 * Refuses a task or session that has sent more audio than allowed.
 *
 * @param heard seconds of audio so far.
 * @throws GatewayError `denied`.
 */
export function checkHeard({ principal }: SocketContext, heard: number): void {
  const limit = principal.policy.caps?.audio_seconds
  if (limit === undefined || heard <= limit) return
  throw new GatewayError('denied', `This key allows ${limit} seconds of audio in a task or session.`)
}
