import { type CallSignal, nativeSignal } from './call-signal.ts'

/**
 * One of the two calls of a hedge.
 *
 * @param signal aborted when the other call has won or the caller has left.
 * @param claim called once, when a response has arrived; returns whether it may be used.
 */
export type Contender<T> = (signal: AbortSignal, claim: () => boolean) => Promise<T>

/**
 * Makes a call, and a second one elsewhere if the first has no response within the usual time. The first to claim
 * wins, and the other is aborted at once.
 *
 * @param calls neither may reject.
 * @param afterMs the usual time.
 * @param isGood whether a result can be returned; after a bad one the other call is awaited.
 */
export async function hedged<T>(
  calls: readonly [Contender<T>, Contender<T>],
  afterMs: number,
  caller: CallSignal,
  isGood: (outcome: T) => boolean,
): Promise<T> {
  const left = nativeSignal(caller)
  const aborts = [new AbortController(), new AbortController()] as const
  let winner: 0 | 1 | undefined
  const start = (which: 0 | 1) => {
    const claim = () => {
      winner ??= which
      if (winner === which) aborts[which === 0 ? 1 : 0].abort()
      return winner === which
    }
    return calls[which](AbortSignal.any([left, aborts[which].signal]), claim)
  }
  const first = start(0)
  const isBack = first.then(() => true)
  const soon = await Promise.race([isBack, scheduler.wait(afterMs).then(() => false)])
  if (soon || caller.aborted) return first
  const second = start(1)
  const [outcome, other] = await Promise.race([
    first.then((result) => [result, second] as const),
    second.then((result) => [result, first] as const),
  ])
  return isGood(outcome) ? outcome : other
}
