import { asGatewayError } from '../errors.ts'
import { type JsonObject, parseObject } from '../lib/json/object.ts'
import type { Ending } from '../meter/settlement.ts'
import { checkBinaryFrame } from './frame.ts'
import { frameRate } from './frame-rate.ts'
import { type CallerFrame, InOrder } from './in-order.ts'
import { Peer } from './peer.ts'
import { closeOf, type SocketError, socketErrorOf } from './refusal.ts'

/** Python's SDK reads an error only if the socket stays open for a moment after it. */
export const CLOSE_DELAY_MS = 1000

/** A response that ends this soon after a renewal is charged with the next renewal. */
const MIN_RENEWAL_MS = 5000

/** Consecutive failed renewals after which the session ends. */
const MAX_FAILED_RENEWALS = 2

/** How long a session may last, and how often it is charged. */
export interface SessionTiming {
  requestId: string
  sliceSeconds: number
  sessionSeconds: number
}

/** How a socket ends: `cut` by a limit or rule of the gateway, `refused` by DashScope at its upgrade. */
export type RelayEnding = Extract<Ending, 'left' | 'broken' | 'cut' | 'refused'>

/** The handlers of a protocol. Thrown errors end the session. */
export interface RelayHooks {
  /** Handles a text frame of the caller; later frames wait for the promise. */
  text: (text: string) => void | Promise<void>
  /** Handles a binary frame of the caller. */
  bytes: (bytes: ArrayBuffer) => void
  /** Handles a text frame of DashScope; decides whether to forward it. */
  received: (text: string, body: JsonObject) => void
  receivedBytes: (bytes: ArrayBuffer) => void
  /** DashScope has closed the connection. */
  lost: (code: number, reason: string) => void
  /** The frames that report an error to the caller before the session ends. */
  errorFrames: (error: SocketError, frame: CallerFrame | undefined) => readonly string[]
  /** Settles everything, once; `code` is that of the error that ended the session. */
  settleAll: (ending: RelayEnding, code?: string) => void
  /** Charges the usage so far; throws if the session must end. */
  renew: (nowMs: number) => Promise<void>
}

const SLOW_READER: SocketError = {
  status: 429,
  code: 'Throttling.RateQuota',
  message: 'The client does not read fast enough. Read faster, or request less data.',
}

/** Relays frames between two sockets: in order, with limits on number and size, and a single end. */
export class Relay {
  readonly ended: Promise<void>
  readonly #requestId: string
  readonly #hooks: RelayHooks
  readonly #caller: Peer
  readonly #queue = new InOrder((frame) => this.#handle(frame))
  readonly #isWithinRate = frameRate()
  readonly #renewal: ReturnType<typeof setInterval>
  readonly #limit: ReturnType<typeof setTimeout>
  readonly #finish: () => void
  #upstream: Peer | undefined
  #isOver = false
  #renewedMs = Date.now()
  #failedRenewals = 0

  constructor(
    { requestId, sliceSeconds, sessionSeconds }: SessionTiming,
    socket: WebSocket,
    hooks: RelayHooks,
  ) {
    this.#requestId = requestId
    this.#hooks = hooks
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#finish = resolve
    this.#caller = new Peer(socket, {
      text: (text) => this.#push(text),
      bytes: (bytes) => this.#push(bytes),
      closed: () => this.#end('left', () => this.#caller.close(1000)),
    })
    this.#renewal = setInterval(() => void this.#renew(), sliceSeconds * 1000)
    this.#limit = setTimeout(() => this.cut(tooLong(sessionSeconds)), sessionSeconds * 1000)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isConnected(): boolean {
    return this.#upstream?.isOpen === true
  }

  /** Holds the caller's frames until a promise is settled. */
  holdFor(work: Promise<void>): void {
    this.#queue.holdFor(work)
  }

  /** Sets the connection to DashScope; closes it if the session has ended meanwhile. */
  connect(socket: WebSocket): void {
    const upstream = new Peer(socket, {
      text: (text) => this.#hooks.received(text, parseObject(text) ?? {}),
      bytes: (bytes) => this.#hooks.receivedBytes(bytes),
      closed: (code, reason) => {
        this.#upstream = undefined
        if (!this.#isOver) this.#hooks.lost(code, reason)
      },
    })
    if (this.#isOver) upstream.close(1000)
    else this.#upstream = upstream
  }

  sendUp(frame: CallerFrame): void {
    if (this.#upstream?.send(frame) === false) this.cut(tooMany('bytes that DashScope has not taken'))
  }

  sendDown(frame: CallerFrame): void {
    if (!this.#caller.send(frame)) this.cut(SLOW_READER)
  }

  /** Charges the usage so far, unless the last renewal was recent. */
  renewSoon(): void {
    if (!this.#isOver && Date.now() - this.#renewedMs >= MIN_RENEWAL_MS) void this.#renew()
  }

  /** Ends the session with an error of the gateway, sent in-band before the close. */
  cut(error: SocketError, frame?: CallerFrame): void {
    this.#endWith(error, error.status < 500 ? 'cut' : 'broken', frame)
  }

  /** Ends the session because DashScope refused the connection, with its error in-band. */
  refuse(error: SocketError): void {
    this.#endWith(error, error.status < 500 ? 'refused' : 'broken')
  }

  #endWith(error: SocketError, ending: RelayEnding, frame?: CallerFrame): void {
    if (this.#isOver) return
    for (const text of this.#hooks.errorFrames(error, frame)) this.#caller.send(text)
    const { code, reason } = closeOf(error)
    const closeLater = () => setTimeout(() => this.#caller.close(code, reason), CLOSE_DELAY_MS)
    this.#end(ending, closeLater, error.code)
  }

  /** Closes the caller's socket and ends the session. */
  close(code: number, reason: string): void {
    this.#end('left', () => this.#caller.close(code, reason))
  }

  /** Settles and closes, once. */
  #end(ending: RelayEnding, closeCaller: () => void, code?: string): void {
    if (this.#isOver) return
    this.#isOver = true
    clearInterval(this.#renewal)
    clearTimeout(this.#limit)
    this.#upstream?.close(1000)
    this.#hooks.settleAll(ending, code)
    closeCaller()
    this.#finish()
  }

  #push(frame: CallerFrame): void {
    if (this.#isOver) return
    if (!this.#isWithinRate(Date.now())) this.cut(tooMany('frames per second'), frame)
    else if (!this.#queue.push(frame)) this.cut(tooMany('bytes before DashScope is connected'), frame)
  }

  #handle(frame: CallerFrame): void | Promise<void> {
    if (this.#isOver) return undefined
    try {
      if (typeof frame === 'string') return this.#hooks.text(frame)
      checkBinaryFrame(frame.byteLength)
      this.#hooks.bytes(frame)
    } catch (thrown) {
      this.cut(socketErrorOf(asGatewayError(thrown), this.#requestId), frame)
    }
    return undefined
  }

  /** A single failure of the meter or key store does not end a session (promise P6); a refusal does. */
  async #renew(): Promise<void> {
    this.#renewedMs = Date.now()
    try {
      await this.#hooks.renew(this.#renewedMs)
      this.#failedRenewals = 0
    } catch (thrown) {
      const error = asGatewayError(thrown)
      const isDown = error.reason === 'unavailable'
      if (isDown && ++this.#failedRenewals < MAX_FAILED_RENEWALS) return
      this.cut(socketErrorOf(error, this.#requestId))
    }
  }
}

function tooLong(seconds: number): SocketError {
  const message = `The connection has been open for ${seconds} seconds, the maximum for this key. Open another one.`
  return { status: 403, code: 'AccessDenied', message }
}

function tooMany(what: string): SocketError {
  const message = `The connection sends too many ${what}. Send more slowly.`
  return { status: 429, code: 'Throttling.RateQuota', message }
}
