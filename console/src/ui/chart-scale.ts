import { type Series, sumOf } from './series.ts'

export const CHART_HEIGHT = 190
export const MARGIN = { top: 12, right: 4, bottom: 20, left: 64 }
export const TICKS = 4

/** How values become pixels. */
export interface Scale {
  top: number
  height: number
  inner: number
  step: number
  left: (slot: number) => number
  y: (value: number) => number
  right: number
}

/**
 * A scale up to the largest value, or to the largest sum if series are stacked.
 *
 * @param width and `height` of the chart in pixels.
 */
export function scaleFor(
  slots: readonly string[],
  series: readonly Series[],
  { width, height, isStacked }: { width: number; height: number; isStacked: boolean },
): Scale {
  const tops = slots.map((_, slot) => {
    const values = series.map(({ values }) => values[slot] ?? 0)
    return isStacked ? sumOf(values) : Math.max(0, ...values)
  })
  const top = niceTop(Math.max(0, ...tops))
  const inner = height - MARGIN.top - MARGIN.bottom
  const step = (width - MARGIN.left - MARGIN.right) / Math.max(1, slots.length)
  return {
    top,
    height,
    inner,
    step,
    left: (slot) => MARGIN.left + slot * step,
    y: (value) => MARGIN.top + inner * (1 - value / top),
    right: width - MARGIN.right,
  }
}

/**
 * The top of the axis, for readable ticks at 1, 2 or 5 times a power of ten; whole numbers if only such are counted.
 */
function niceTop(value: number): number {
  if (value <= 0) return TICKS
  const least = value / TICKS
  const power = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((nice) => nice >= least) ?? least
  return TICKS * (Number.isInteger(value) ? Math.max(1, step) : step)
}

/** One path per series: bars stacked on the previous series. */
export function barsOf(series: readonly Series[], scale: Scale): string[] {
  const base: number[] = []
  const gap = scale.step > 4 ? 1 : 0
  return series.map(({ values }) => {
    let path = ''
    for (const [slot, value] of values.entries()) {
      const from = base[slot] ?? 0
      base[slot] = from + value
      if (value <= 0) continue
      const [low, high] = [scale.y(from), scale.y(from + value)]
      path += `M${round(scale.left(slot))} ${round(low)}V${round(high)}h${round(scale.step - gap)}V${round(low)}z`
    }
    return path
  })
}

/** One path per series: a line with gaps for missing values. A value between two gaps is a dash of one slot. */
export function linesOf(series: readonly Series[], scale: Scale): string[] {
  return series.map(({ values }) => {
    let path = ''
    let isDrawing = false
    for (const [slot, value] of values.entries()) {
      if (value > 0) {
        const y = round(scale.y(value))
        path += isDrawing ? `L${round(scale.left(slot))} ${y}` : `M${round(scale.left(slot))} ${y}`
        path += `h${round(scale.step)}`
      }
      isDrawing = value > 0
    }
    return path
  })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** The slot under a pointer. */
export function slotAt(x: number, count: number, scale: Scale): number | undefined {
  const slot = Math.floor((x - MARGIN.left) / scale.step)
  return slot >= 0 && slot < count ? slot : undefined
}
