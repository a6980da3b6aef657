import { sendableCode } from './refusal.ts'

/** Bytes that may wait in one socket for a peer that does not read. WebSockets have no back-pressure in JavaScript. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024

/** Bytes that may wait in all sockets of an isolate, which has 128 MB for everything. */
const MAX_WAITING_BYTES_IN_ISOLATE = 32 * 1024 * 1024

/** What happens on one end of a relay. */
export interface PeerEvents {
  text: (text: string) => void
  bytes: (bytes: ArrayBuffer) => void
  closed: (code: number, reason: string) => void
}

const peers = new Set<Peer>()

/** One end of a relay: a socket that is written to only while it is open, and whose waiting bytes are bounded. */
export class Peer {
  readonly #socket: WebSocket
  #isOpen = true

  /** Accepts the socket and reports its events; an error in a handler closes the socket instead of being lost. */
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
    // The runtime has closed this socket already, for example with 1009 for a frame that is too large.
    socket.addEventListener('error', () => {
      if (this.#forget()) guard(() => events.closed(1006, ''))
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Bytes that were sent and that the peer has not taken. */
  get waitingBytes(): number {
    return this.#isOpen ? this.#socket.bufferedAmount : 0
  }

  /** Sends a frame. Returns false if too much is waiting already; the frame is not sent then. */
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
      // The runtime has closed it already.
    }
  }

  /** Sends nothing more. Returns false if that was so before. */
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
