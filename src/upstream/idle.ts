/** How long a stream may be silent, in milliseconds, and what to do after that. */
export interface IdleLimit {
  afterMs: number
  stalled: () => void
}

/** Checks within the limit; a stall is noticed after 1 to 1.25 times the limit. */
const LOOKS = 4

/** Watches a pumped stream for stalls. */
export interface IdleWatch {
  /**
   * A chunk has arrived, or was sent.
   *
   * @param isTaken false while the caller has not consumed the chunk; a stall is then the caller's, not DashScope's.
   */
  moved: (isTaken: boolean) => void
  end: () => void
}

/**
 * Watches a stream with one timer for many chunks: the timer counts its checks without traffic, so a chunk costs no
 * timer.
 */
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
