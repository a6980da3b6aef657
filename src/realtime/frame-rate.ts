/** Maximum frames per second from a caller; ten times the rate of real-time audio. */
const MAX_FRAMES_PER_SECOND = 500

/** Counts frames; the returned function returns false above {@link MAX_FRAMES_PER_SECOND}. */
export function frameRate(): (nowMs: number) => boolean {
  let second = 0
  let frames = 0
  return (nowMs) => {
    const now = Math.floor(nowMs / 1000)
    frames = now === second ? frames + 1 : 1
    second = now
    return frames <= MAX_FRAMES_PER_SECOND
  }
}
