import { sendableCode } from './refusal.ts'

/**
 * Maximum bytes that wait in one socket for a peer that does not read. WebSockets have no back-pressure in
 * JavaScript.
 */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024

/** Maximum bytes that wait in all sockets of an isolate, which has 128 MB in total. */
const MAX_WAITING_BYTES_IN_ISOLATE = 32 * 1024 * 1024

/** Handlers for the events of one end of a relay. */
export interface PeerEvents {
  text: (text: string) => void
  bytes: (bytes: ArrayBuffer) => void
  closed: (code: number, reason: string) => void
}

const peers = new Set<Peer>()

/** One end of a relay: a socket that is written to only while it is open, with a bounded number of waiting bytes. */
export class Peer {
  readonly #socket: WebSocket
  #isOpen = true

  /** Accepts the socket and reports its events; an error in a handler closes the socket. */
  constructor(socket: WebSocket, events: PeerEvents) {
    this.#socket = socket
    socket.accept()
    socket.binaryType = 'arraybuffer'
    peers.add(this)
    const guard = (react: () => void) => {
      try {
        react()
      } catch {
        this.close(1011, 'internal error')
        events.closed(1011, 'internal error')
      }
    }
    socket.addEventListener('message', ({ data }) =>
      guard(() => (typeof data === 'string' ? events.text(data) : events.bytes(data))),
    )
    const ended = (code: number, reason: string) => {
      const wasOpen = this.#isOpen
      this.close(sendableCode(code), reason)
      if (wasOpen) guard(() => events.closed(code, reason))
    }
    socket.addEventListener('close', ({ code, reason }) => ended(code, reason))
    // The runtime has already closed this socket, for example with 1009 for a frame that is too large.
    socket.addEventListener('error', () => {
      if (this.#forget()) guard(() => events.closed(1006, ''))
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Bytes that were sent but not taken by the peer yet. */
  get waitingBytes(): number {
    return this.#isOpen ? this.#socket.bufferedAmount : 0
  }

  /** Sends a frame. Returns false, without sending the frame, if too many bytes are already waiting. */
  send(frame: string | ArrayBuffer): boolean {
    if (!this.#isOpen) return true
    if (this.waitingBytes > MAX_WAITING_BYTES) return false
    if (this.waitingBytes > 0 && waitingInIsolate() > MAX_WAITING_BYTES_IN_ISOLATE) return false
    this.#socket.send(frame)
    return true
  }

  /** Closes the socket once; later calls change nothing. */
  close(code?: number, reason?: string): void {
    if (!this.#forget()) return
    try {
      this.#socket.close(code, reason)
    } catch {
      // The runtime has already closed it.
    }
  }

  /** Stops sending. Returns false if it had already stopped. */
  #forget(): boolean {
    const wasOpen = this.#isOpen
    this.#isOpen = false
    peers.delete(this)
    return wasOpen
  }
}

function waitingInIsolate(): number {
  let sum = 0
  for (const peer of peers) sum += peer.waitingBytes
  return sum
}
