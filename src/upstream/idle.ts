/** How long a stream may stand still, in milliseconds, and what to do when it did. */
export interface IdleLimit {
  afterMs: number
  stalled: () => void
}

/** A watch on a stream. */
export interface IdleWatch {
  /**
   * A piece has come, or gone.
   *
   * @param isTaken false until the caller has taken it: as long it is the caller who makes the stream stand still.
   */
  moved: (isTaken: boolean) => void
  end: () => void
}

/**
 * Watches a stream with one timer for many pieces: it only looks whether any came since it last looked. A stall is so
 * noticed after once to twice the time, and a piece costs no timer.
 */
export function watchIdle({ afterMs, stalled }: IdleLimit): IdleWatch {
  let isMoving = false
  let isWaitingForCaller = false
  let timer = setTimeout(look, afterMs)
  function look() {
    if (!isMoving && !isWaitingForCaller) return stalled()
    isMoving = false
    timer = setTimeout(look, afterMs)
  }
  return {
    moved: (isTaken) => {
      isMoving = true
      isWaitingForCaller = !isTaken
    },
    end: () => clearTimeout(timer),
  }
}
