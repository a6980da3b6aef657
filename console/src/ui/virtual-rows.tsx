import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { route } from '../state/route.ts'
import { texts } from '../texts/texts.ts'

const ROW_PX = 34

/** Rows rendered above and below the visible ones, so that fast scrolling shows no gaps. */
const MARGIN_ROWS = 8

/**
 * A list of any length; only the visible rows are in the document. It uses table roles, because an HTML table cannot
 * omit rows.
 */
export function VirtualRows<Row>(props: {
  label: string
  header: ComponentChildren
  rows: readonly Row[]
  columns: number
  keyOf: (row: Row) => string
  children: (row: Row) => ComponentChildren
}) {
  const host = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ first: 0, count: 30 })
  useEffect(() => {
    const element = host.current
    if (!element) return
    const update = () =>
      setView({
        first: Math.max(0, Math.floor(element.scrollTop / ROW_PX) - MARGIN_ROWS),
        count: Math.ceil(element.clientHeight / ROW_PX) + 2 * MARGIN_ROWS,
      })
    update()
    element.addEventListener('scroll', update, { passive: true })
    const observer = new ResizeObserver(update)
    observer.observe(element)
    return () => {
      element.removeEventListener('scroll', update)
      observer.disconnect()
    }
  }, [])
  const { rows } = props
  const first = Math.min(view.first, Math.max(0, rows.length - view.count))
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are left out, which an HTML table does not allow
    <div
      ref={host}
      class="virtual"
      role="table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      aria-colcount={props.columns}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div class="virtual-head" role="row" aria-rowindex={1} tabIndex={-1}>
        {props.header}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="rowgroup" class="virtual-body" style={{ height: `${rows.length * ROW_PX}px` }}>
        {rows.slice(first, first + view.count).map((row, index) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          <div
            key={props.keyOf(row)}
            role="row"
            tabIndex={-1}
            class="virtual-row"
            aria-rowindex={first + index + 2}
            style={{ transform: `translateY(${(first + index) * ROW_PX}px)` }}
          >
            <Unchanged row={row}>{props.children}</Unchanged>
          </div>
        ))}
      </div>
    </div>
  )
}

/** Renders a row only once while it is visible: during scrolling, most rows only move. */
function Unchanged<Row>({ row, children }: { row: Row; children: (row: Row) => ComponentChildren }) {
  return useMemo(() => <>{children(row)}</>, [row, texts(), route.value])
}

/** A cell of {@link VirtualRows}. */
export function Cell(props: {
  isHeader?: boolean
  class?: string
  title?: string
  children: ComponentChildren
}) {
  return (
    <div role={props.isHeader ? 'columnheader' : 'cell'} class={props.class} title={props.title}>
      {props.children}
    </div>
  )
}
