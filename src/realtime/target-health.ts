import type { Target } from '../dashscope/targets.ts'
import { type Failure, ruleOf } from '../dashscope/upstream-errors.ts'
import { type JsonObject, objectAt } from '../lib/json/object.ts'
import { breakers, noteFailed, noteResponded } from '../upstream/breakers.ts'
import type { SocketContext } from './context.ts'
import { headersNameWorkspace } from './headers.ts'

/** The target that serves a task or session. */
export interface Serving {
  target: Target
  model: string
}

/**
 * Records a failure of a target in the circuit breakers, which requests over HTTP use too. Without another target a
 * breaker would have no effect; what is missing in a workspace that the caller chose may exist in the account.
 */
export function noteFault(
  { config, headers }: Pick<SocketContext, 'config' | 'headers'>,
  { target, model }: Serving,
  failure: Failure,
): void {
  const rule = ruleOf(failure)
  if (rule.retry === 'never' || (rule.lasting && headersNameWorkspace(headers))) return
  if (config.targets.length === 1 && rule.scope !== 'key') return
  const { code, retryAfterMs } = failure
  noteFailed(breakers, { target, model, rule, code, retryAfterMs, nowMs: Date.now() })
}

/** The codes with which a failing server closes, or loses, a connection (RFC 6455 section 7.4.1). */
const CLOSES_OF_FAULTS: readonly number[] = [1006, 1011, 1012, 1013, 1014]

/**
 * Records that a target has closed a connection before its first frame. A later close can have other reasons, such as
 * a long silence.
 */
export function noteLost(
  context: Pick<SocketContext, 'config' | 'headers'>,
  serving: Serving,
  closeCode: number,
): void {
  if (!CLOSES_OF_FAULTS.includes(closeCode)) return
  noteFault(context, serving, { status: 0, code: 'lost', message: '' })
}

/** Frames that show that a target accepts connections, and those that show that its model works. */
const BEGINS: readonly unknown[] = ['task-started', 'session.created']
const WORKS: readonly unknown[] = [
  'task-finished',
  'response.done',
  'conversation.item.input_audio_transcription.completed',
  'session.finished',
]

/**
 * Records what a frame of DashScope shows about a target.
 *
 * @param failure the error in the frame, if there is one.
 */
export function noteFrame(
  context: Pick<SocketContext, 'config' | 'headers'>,
  serving: Serving,
  frame: JsonObject,
  failure: Failure | undefined,
): void {
  const { target, model } = serving
  const type = objectAt(frame, 'header')?.event ?? frame.type
  // A model that begins may fail later, so its breaker stays as it is.
  if (BEGINS.includes(type)) noteResponded(breakers, target, '')
  if (WORKS.includes(type)) noteResponded(breakers, target, model)
  if (failure) noteFault(context, serving, failure)
}
