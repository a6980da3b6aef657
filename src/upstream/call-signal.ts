/** Says when an upstream call is to be aborted. Every `AbortSignal` is one. */
export interface CallSignal {
  readonly aborted: boolean
  addEventListener: (type: 'abort', listener: () => void) => void
  removeEventListener: (type: 'abort', listener: () => void) => void
}

/**
 * A signal with the means to abort. It is plain JavaScript, because objects of the runtime are costly to make and to
 * collect: each request that misses the cache needs a signal, and hardly any is aborted.
 */
export class CallAbort implements CallSignal {
  #isAborted = false
  readonly #listeners = new Set<() => void>()

  get aborted(): boolean {
    return this.#isAborted
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  /** Calls the listeners once. */
  abort(): void {
    if (this.#isAborted) return
    this.#isAborted = true
    for (const listener of this.#listeners) listener()
  }
}

/** The signal as the runtime's functions need it. */
export function nativeSignal(signal: CallSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal
  const controller = new AbortController()
  if (signal.aborted) controller.abort()
  else signal.addEventListener('abort', () => controller.abort())
  return controller.signal
}
