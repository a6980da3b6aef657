/** Maximum bytes of frames that wait for a reservation or for the connection to DashScope. */
const MAX_QUEUED_BYTES = 1024 * 1024

/** A frame of the caller. */
export type CallerFrame = string | ArrayBuffer

/** Handles frames one after the other, even if handling one is asynchronous. */
export class InOrder {
  readonly #handle: (frame: CallerFrame) => void | Promise<void>
  #waiting: CallerFrame[] = []
  #waitingBytes = 0
  #isBusy = false

  /** @param handle must not throw or reject. */
  constructor(handle: (frame: CallerFrame) => void | Promise<void>) {
    this.#handle = handle
  }

  /** Takes a frame; returns false if too many bytes are already waiting. */
  push(frame: CallerFrame): boolean {
    if (!this.#isBusy) {
      this.#run(frame)
      return true
    }
    this.#waitingBytes += sizeOf(frame)
    if (this.#waitingBytes > MAX_QUEUED_BYTES) return false
    this.#waiting.push(frame)
    return true
  }

  /** Holds all frames until a promise is settled. */
  holdFor(work: Promise<void>): void {
    this.#isBusy = true
    void work.finally(() => this.#resume())
  }

  #run(frame: CallerFrame): void {
    const work = this.#handle(frame)
    if (work) this.holdFor(work)
  }

  #resume(): void {
    this.#isBusy = false
    for (;;) {
      const frame = this.#waiting.shift()
      if (frame === undefined || this.#isBusy) {
        if (frame !== undefined) this.#waiting.unshift(frame)
        return
      }
      this.#waitingBytes -= sizeOf(frame)
      this.#run(frame)
    }
  }
}

function sizeOf(frame: CallerFrame): number {
  return typeof frame === 'string' ? frame.length : frame.byteLength
}
