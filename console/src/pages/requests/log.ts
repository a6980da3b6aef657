import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../../gateway/ask.ts'
import type { RequestRow } from '../../gateway/shapes.ts'
import { poll } from '../../ui/poll.ts'

/** Rows per request; the gateway's maximum. */
const PAGE_ROWS = 1000

/** Maximum rows kept in the page; live rows replace the oldest. */
const MAX_ROWS = 10_000

/** `GET /edge/requests`. */
export interface RequestPage {
  rows: RequestRow[]
  next?: string | null
  /** Where the next poll continues. */
  newest?: string
}

export interface RequestLog {
  rows: readonly RequestRow[]
  /** Rows that arrived while the list is paused. */
  waiting: readonly RequestRow[]
  failure: unknown
  isLoading: boolean
  hasMore: boolean
  loadMore: () => void
  showWaiting: () => void
  reload: () => void
}

/**
 * The newest requests that match a filter and, in live mode, new ones: one API call per poll, not per row.
 *
 * @param query the filter as a query of the API.
 * @param isHeld whether new rows are only counted, because the user is reading the list.
 */
export function useRequestLog(query: string, isLive: boolean, isHeld: boolean): RequestLog {
  const [rows, setRows] = useState<readonly RequestRow[]>([])
  const [waiting, setWaiting] = useState<readonly RequestRow[]>([])
  const [next, setNext] = useState<string>()
  const [failure, setFailure] = useState<unknown>()
  const [isLoading, setLoading] = useState(true)
  const [turn, setTurn] = useState(0)
  const held = useRef(isHeld)
  held.current = isHeld
  const newest = useRef('')

  useEffect(() => {
    const abort = new AbortController()
    setLoading(true)
    setWaiting([])
    ask<RequestPage>(`/edge/requests?limit=${PAGE_ROWS}&${query}`, { signal: abort.signal })
      .then((page) => {
        newest.current = page.newest ?? ''
        setRows(page.rows)
        setNext(cursorOf(page))
        setFailure(undefined)
        setLoading(false)
      })
      .catch((thrown: unknown) => {
        if (abort.signal.aborted) return
        setFailure(thrown)
        setLoading(false)
      })
    return () => abort.abort()
  }, [query, turn])

  useEffect(() => {
    if (!isLive) return
    return poll(async () => {
      const since = newest.current && `&since=${encodeURIComponent(newest.current)}`
      const page = await ask<RequestPage>(`/edge/requests?limit=${PAGE_ROWS}&${query}${since}`)
      const fresh = page.rows
      if (fresh.length === 0) return false
      newest.current = page.newest ?? newest.current
      if (held.current) setWaiting((before) => [...fresh, ...before])
      else setRows((before) => [...fresh, ...before].slice(0, MAX_ROWS))
      return true
    })
  }, [isLive, query])

  const showWaiting = useCallback(() => {
    setRows((before) => [...waiting, ...before].slice(0, MAX_ROWS))
    setWaiting([])
  }, [waiting])
  const loadMore = useCallback(async () => {
    if (next === undefined) return
    const page = await ask<RequestPage>(
      `/edge/requests?limit=${PAGE_ROWS}&${query}&before=${encodeURIComponent(next)}`,
    )
    setRows((before) => [...before, ...page.rows].slice(0, MAX_ROWS))
    setNext(cursorOf(page))
  }, [next, query])
  const reload = useCallback(() => setTurn((before) => before + 1), [])
  return { rows, waiting, failure, isLoading, hasMore: next !== undefined, loadMore, showWaiting, reload }
}

/**
 * All requests in the log that match a filter, up to the page's maximum.
 *
 * @throws GatewayFailure with the gateway's message.
 */
export async function readWholeLog(query: string): Promise<RequestRow[]> {
  const rows: RequestRow[] = []
  let before = ''
  do {
    const page = await ask<RequestPage>(`/edge/requests?limit=${PAGE_ROWS}&${query}${before}`)
    rows.push(...page.rows)
    before = page.next ? `&before=${encodeURIComponent(page.next)}` : ''
  } while (before !== '' && rows.length < MAX_ROWS)
  return rows
}

function cursorOf({ next }: RequestPage): string | undefined {
  return next ?? undefined
}
