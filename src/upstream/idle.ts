/** How long a stream may be silent, in milliseconds, and what to do then. */
export interface IdleLimit {
  afterMs: number
  stalled: () => void
}

/** The watch looks so many times within its limit, so a stall is noticed after one to one and a quarter times that. */
const LOOKS = 4

/** A watch on a pumped stream. */
export interface IdleWatch {
  /**
   * A piece has arrived, or was sent.
   *
   * @param isTaken false while the caller has not consumed the piece; a stall is then the caller's, not DashScope's.
   */
  moved: (isTaken: boolean) => void
  end: () => void
}

/** Watches a stream with one timer for many pieces: it counts how often it looked in vain, and a piece costs no timer. */
export function watchIdle({ afterMs, stalled }: IdleLimit): IdleWatch {
  let silentLooks = 0
  let isWaitingForCaller = false
  const timer = setInterval(() => {
    if (isWaitingForCaller) return
    silentLooks++
    if (silentLooks <= LOOKS) return
    clearInterval(timer)
    stalled()
  }, afterMs / LOOKS)
  return {
    moved: (isTaken) => {
      silentLooks = 0
      isWaitingForCaller = !isTaken
    },
    end: () => clearInterval(timer),
  }
}
