import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** If the scroll position is nearer to the end than this, in pixels, new content is scrolled into view. */
const NEAR_PX = 160

/** The gap between the end and the element below. */
const GAP_PX = 12

/**
 * Keeps the end of a growing element in view, above the element that follows it, until the user scrolls away.
 *
 * @param count the number of its entries: a new entry is always scrolled into view; without entries nothing is.
 * @returns the ref of the growing element.
 */
export function useFollow(count: number): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(false)
  useEffect(() => {
    isFollowing.current = count > 0
  }, [count])
  useEffect(() => {
    const grown = ref.current
    const below = grown?.nextElementSibling
    if (!grown || !below) return
    /** Pixels of the end that are covered by the element below, which sticks to the bottom of the window. */
    const hidden = () => grown.getBoundingClientRect().bottom - below.getBoundingClientRect().top
    const look = () => {
      isFollowing.current = hidden() < NEAR_PX
    }
    const observer = new ResizeObserver(() => {
      if (isFollowing.current && hidden() > 0) scrollBy({ top: hidden() + GAP_PX, behavior: 'instant' })
    })
    observer.observe(grown)
    addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      removeEventListener('scroll', look)
    }
  }, [])
  return ref
}
