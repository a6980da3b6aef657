import { positiveAt } from './frame-members.ts'

/** Uncompressed formats, whose length follows from their size: 16-bit samples. */
const UNCODED: readonly unknown[] = ['pcm', 'pcm16', 'wav']

/** DashScope's default rate for input, in samples per second. */
const DEFAULT_RATE = 16_000

/** Rates beyond these are not believed: with a false one, audio would cost nothing, or count without a bound. */
const MIN_RATE = 8000
const MAX_RATE = 48_000

/** How a caller encodes its audio; any value, as the caller sent it. */
export interface AudioFormat {
  format?: unknown
  rate?: unknown
  /** When the caller could begin to send audio. */
  startedMs: number
}

/**
 * Measures audio from a caller. The length of compressed audio does not follow from its size, so the elapsed time
 * counts instead, which is not less for audio that is sent as it is recorded.
 */
export class HeardAudio {
  readonly #startedMs: number
  #isCoded = false
  #rate = DEFAULT_RATE
  /** Seconds of uncompressed audio. */
  #seconds = 0
  #hasCoded = false

  constructor(format: AudioFormat) {
    this.#startedMs = format.startedMs
    this.setFormat(format)
  }

  /** Sets the format of the audio from now on; members that are missing do not change. */
  setFormat({ format, rate }: Pick<AudioFormat, 'format' | 'rate'>): void {
    if (typeof format === 'string') this.#isCoded = !UNCODED.includes(format)
    const stated = positiveAt({ rate }, 'rate')
    if (stated > 0) this.#rate = Math.min(MAX_RATE, Math.max(MIN_RATE, stated))
  }

  add(bytes: number): void {
    if (this.#isCoded) this.#hasCoded ||= bytes > 0
    else this.#seconds += bytes / (2 * this.#rate)
  }

  seconds(nowMs: number): number {
    const elapsed = this.#hasCoded ? (nowMs - this.#startedMs) / 1000 : 0
    return Math.max(elapsed, this.#seconds)
  }
}
