import { mayNameIds } from '../dashscope/request/named-ids.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import type { JsonObject } from '../lib/json/object.ts'
import { resolveModel } from '../policy/model-names.ts'
import { accountFor, checkHeard, relayOptions, type SocketContext } from './context.ts'
import { dial } from './dial.ts'
import { readTextFrame } from './frame.ts'
import { type FrameExcerpts, keepingExcerpts } from './frame-excerpts.ts'
import type { CallerFrame } from './in-order.ts'
import { type SocketError, sendableCode, socketErrorFrame, socketErrorOf } from './refusal.ts'
import { Relay, type RelayEnding } from './relay.ts'
import { checkModel } from './rules.ts'
import { audioOutBytesIn, sessionCounter, sessionUnit } from './session-counter.ts'
import { decideSessionFrame, ownConfiguration, type SessionState } from './session-frames.ts'
import type { SliceAccount } from './slice-account.ts'
import { noteFrame, noteLost, type Serving } from './target-health.ts'
import { noTraffic } from './traffic.ts'
import { errorInFrame, withoutCredentials } from './upstream-frame.ts'
import type { UsageCounter } from './usage-counter.ts'

/** RFC 6455 section 7.4.1. */
const NORMAL_CLOSURE = 1000

/** @param stated the close code and reason of DashScope, if there are any. */
function lost(stated: string): SocketError {
  return {
    status: 502,
    code: 'InternalError.Upstream',
    message: `The gateway has lost the connection to DashScope${stated}. Open a new connection.`,
  }
}

/** Events with content only. All others may name a voice or an upload. */
const CONTENT: ReadonlySet<unknown> = new Set([
  'input_audio_buffer.append',
  'input_image_buffer.append',
  'input_text_buffer.append',
])

/** One socket of `/realtime`, with one session, one model and one account. */
export class ConversationSession {
  readonly #context: SocketContext
  readonly #relay: Relay
  readonly #counter: UsageCounter
  readonly #excerpts: () => FrameExcerpts | undefined
  /** The gateway's own configuration of the session; undefined if there is none. */
  readonly #configuration: string | undefined
  readonly #created = Promise.withResolvers<void>()
  readonly #traffic = noTraffic()
  #account: SliceAccount | undefined
  #serving: Serving | undefined
  #state: SessionState
  #isConfiguring = false
  #isResponding = false

  /** @param model the model in the URL; undefined if there is none or several. */
  constructor(context: SocketContext, socket: WebSocket, model: string | undefined) {
    this.#context = context
    // A model in an address is used as it is written; an alias holds in frames (docs/keys-and-policies.md).
    const named = model ?? resolveModel(context.rules.policy, context.rules.frozen?.model ?? '')
    this.#state = { model: named, isConfigured: false, media: 0 }
    const { counter, excerpts } = keepingExcerpts(sessionCounter(named, Date.now()), context.config.logBodies)
    this.#counter = counter
    this.#excerpts = excerpts
    this.#configuration = ownConfiguration(context.rules)
    this.#relay = new Relay(relayOptions(context), socket, {
      text: (text) => this.#text(text),
      bytes: () => {
        throw new GatewayError(
          'invalid',
          'Binary frames are not supported here. Send audio as base64 in an event.',
        )
      },
      received: (text, body) => this.#received(text, body),
      receivedBytes: (bytes) => this.#sendDown(bytes),
      lost: (code, reason) => this.#lost(code, reason),
      errorFrames: (error) => [socketErrorFrame('realtime', error, context.requestId)],
      settleAll: (ending, code) => this.#settle(ending, code),
      renew: (nowMs) => this.#renew(nowMs),
    })
    this.#relay.holdFor(this.#open(named))
  }

  /** Resolves when the socket has closed and the session is settled. */
  get ended(): Promise<void> {
    return this.#relay.ended
  }

  /**
   * Checks the model, reserves and connects; the caller's frames are queued until DashScope has created the session.
   */
  async #open(model: string): Promise<void> {
    const startedMs = Date.now()
    try {
      if (model === '') {
        throw new GatewayError(
          'invalid',
          'model: the URL must name exactly one model, as in ?model=<name>.',
          {
            param: 'model',
          },
        )
      }
      checkModel(this.#context.rules, model, 'model')
      const targets = this.#context.targetsFor(model)
      const asked = { model, unit: sessionUnit(model), target: targets[0], startedMs }
      const account = accountFor(this.#context, asked, this.#traffic, {
        ...this.#counter,
        excerpts: this.#excerpts,
      })
      await account.open(startedMs)
      this.#account = account
      if (this.#relay.isOver) return this.#settle('left')
      const query = `?${new URLSearchParams({ model })}`
      const dialed = await dial(this.#context, { targets, model, query })
      if (dialed.kind === 'refused') return this.#relay.refuse(dialed.error)
      account.servedBy(dialed.target)
      this.#serving = { target: dialed.target, model }
      this.#relay.connect(dialed.socket)
      if (this.#configuration !== undefined) await Promise.race([this.#created.promise, this.#relay.ended])
    } catch (thrown) {
      const error = asGatewayError(thrown)
      if (!this.#account) this.#context.refused(error)
      this.#relay.cut(socketErrorOf(error, this.#context.requestId))
    }
  }

  #text(text: string): void | Promise<void> {
    const frame = readTextFrame(text)
    const decision = decideSessionFrame(frame, this.#state, this.#context.rules)
    if (decision.kind === 'refuse') return this.#refuse(decision.error)
    const send = () => {
      this.#state = decision.state
      this.#counter.sent(frame.body)
      checkHeard(this.#context, this.#counter.audioInSeconds())
      this.#traffic.framesUp++
      this.#relay.sendUp(decision.frame.text)
    }
    if (CONTENT.has(frame.body.type) || !mayNameIds(text)) return send()
    return this.#context.requireOwn(frame.body).then(send, (thrown) => this.#refuse(asGatewayError(thrown)))
  }

  /** The session continues. */
  #refuse(refusal: GatewayError): void {
    const error = socketErrorOf(refusal, this.#context.requestId)
    this.#relay.sendDown(socketErrorFrame('realtime', error, this.#context.requestId))
  }

  #received(text: string, body: JsonObject): void {
    this.#counter.received(body)
    const error = errorInFrame(body)
    if (this.#serving) noteFrame(this.#context, this.#serving, body, error)
    this.#traffic.audioOutBytes += audioOutBytesIn(body)
    if (body.type === 'response.created') this.#isResponding = true
    if (body.type === 'response.done') {
      this.#isResponding = false
      this.#relay.renewSoon()
    }
    // The response to the gateway's own configuration is not sent to the caller.
    const isOwn = body.type === 'session.updated' && this.#isConfiguring && !this.#state.isConfigured
    if (body.type === 'session.updated') this.#isConfiguring = false
    const { apiKey } = this.#serving?.target ?? {}
    if (!isOwn) this.#sendDown(error ? withoutCredentials(text, apiKey) : text)
    if (body.type !== 'session.created') return
    if (this.#configuration !== undefined) {
      this.#isConfiguring = true
      this.#relay.sendUp(this.#configuration)
    }
    this.#created.resolve()
  }

  #sendDown(frame: CallerFrame): void {
    this.#traffic.framesDown++
    this.#relay.sendDown(frame)
  }

  /** A normal close ends the conversation; for any other the caller gets an error first, which its SDK reports. */
  #lost(code: number, reason: string): void {
    if (code === NORMAL_CLOSURE) {
      this.#relay.close(code, reason)
      return
    }
    if (this.#serving && this.#traffic.framesDown === 0) noteLost(this.#context, this.#serving, code)
    const stated = sendableCode(code) === undefined ? '' : ` (${code}${reason && `: ${reason}`})`
    this.#relay.cut(lost(withoutCredentials(stated, this.#serving?.target.apiKey)))
  }

  /** Callers end a conversation by closing the socket; it ended early only if a response was still in progress. */
  #settle(ending: RelayEnding, code?: string): void {
    const nowMs = Date.now()
    const isComplete = ending === 'left' && !this.#isResponding
    this.#account?.close(isComplete ? 'complete' : ending, this.#counter.usage(false, nowMs), nowMs, code)
  }

  async #renew(nowMs: number): Promise<void> {
    await this.#context.recheck(nowMs)
    await this.#account?.renew(this.#counter, nowMs)
  }
}
