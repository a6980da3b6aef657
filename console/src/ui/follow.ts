import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** A reader who is nearer to the end than this, in pixels, wants to see what comes. */
const NEAR_PX = 160

/** Between the end and the element below. */
const GAP_PX = 12

/**
 * Keeps the end of something that grows in view, above the element that follows it, until the reader scrolls away.
 *
 * @param count of its entries: a new one is shown wherever the reader is.
 * @returns the ref of the element that grows.
 */
export function useFollow(count: number): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(true)
  useEffect(() => {
    isFollowing.current = true
  }, [count])
  useEffect(() => {
    const grown = ref.current
    const below = grown?.nextElementSibling
    if (!grown || !below) return
    /** Pixels of the end that the element below covers, as it sticks to the bottom of the window. */
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
