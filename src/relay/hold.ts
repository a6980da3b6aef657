/**
 * Makes a call that is brought to its end also when its caller leaves: aborted at once, but not forgotten, so that what it
 * used can be settled. Without this the runtime drops a request together with its caller.
 *
 * @param caller aborted when the caller leaves.
 * @param keepAlive `ctx.waitUntil`.
 */
export function holdFor<T>(
  caller: AbortSignal,
  keepAlive: (work: Promise<unknown>) => void,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController()
  caller.addEventListener('abort', () => abort.abort())
  const work = call(abort.signal)
  keepAlive(work.catch(() => undefined))
  return work
}
