import { useCallback, useEffect, useState } from 'preact/hooks'
import { type As, ask, type Question } from '../gateway/ask.ts'

/** A response that is loading, loaded or failed; previous data stays while it is reloaded. */
export interface AskState<Data> {
  data: Data | undefined
  /** When the data arrived, in milliseconds since 1970. */
  atMs: number
  failure: unknown
  isLoading: boolean
  /** Whether a request is in progress, even if previous data is shown. */
  isAsking: boolean
  reload: () => void
}

/**
 * Sends a request when a component is mounted and whenever the path changes.
 *
 * @param path `undefined` sends no request.
 * @param read sends the request; must be a module-level function, since a new function causes a new request.
 */
export function useAsk<Data>(
  path: string | undefined,
  as: As = 'any',
  read: (path: string, question: Question) => Promise<Data> = ask,
): AskState<Data> {
  const [state, setState] = useState<{
    path?: string | undefined
    data?: Data
    atMs: number
    failure?: unknown
  }>({
    atMs: 0,
  })
  const [turn, setTurn] = useState(0)
  const [isAsking, setAsking] = useState(false)
  const reload = useCallback(() => setTurn((before) => before + 1), [])
  useEffect(() => {
    if (path === undefined) return setAsking(false)
    const abort = new AbortController()
    setAsking(true)
    read(path, { as, signal: abort.signal })
      .then((data) => setState({ path, data, atMs: Date.now() }))
      .catch((failure: unknown) => {
        if (!abort.signal.aborted) setState((before) => ({ ...before, path, failure }))
      })
      .finally(() => {
        if (!abort.signal.aborted) setAsking(false)
      })
    return () => abort.abort()
  }, [path, as, read, turn])
  const isLoading = path !== undefined && state.path !== path
  return { data: state.data, atMs: state.atMs, failure: state.failure, isLoading, isAsking, reload }
}
