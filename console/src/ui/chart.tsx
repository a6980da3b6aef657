import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks'
import { texts } from '../texts/texts.ts'
import { barsOf, CHART_HEIGHT, linesOf, MARGIN, type Scale, scaleFor, slotAt, TICKS } from './chart-scale.ts'
import { type Series, sumOf } from './series.ts'

/** How far each key moves the cursor. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
}

export interface ChartProps {
  title: string
  slots: readonly string[]
  series: readonly Series[]
  format: (value: number) => string
  /** Values that do not add up, such as percentiles, as one line per series instead of stacked bars. */
  isLines?: boolean
  /** In pixels. */
  height?: number
  /** Slots with incomplete sums, such as days with calls that have no price. */
  hatched?: readonly boolean[]
  hatchedMeaning?: string
}

/**
 * Stacked bars or lines as SVG, one path per series, rendered at the measured width. A pointer or the arrow keys show
 * single values; the table under every chart is its text alternative.
 */
export function Chart(props: ChartProps) {
  const { title, slots, series, format, isLines = false, height = CHART_HEIGHT } = props
  const host = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(600)
  const [moved, setCursor] = useState<number>()
  const cursor = moved === undefined || moved < slots.length ? moved : undefined
  const id = useId()
  useEffect(() => {
    const element = host.current
    if (!element) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(200, entry?.contentRect.width ?? 0)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const scale = useMemo(
    () => scaleFor(slots, series, { width, height, isStacked: !isLines }),
    [slots, series, width, height, isLines],
  )
  const paths = useMemo(() => (isLines ? linesOf : barsOf)(series, scale), [series, scale, isLines])
  const move = (step: number) =>
    setCursor(Math.min(slots.length - 1, Math.max(0, (cursor ?? slots.length) + step)))
  return (
    <figure class="chart" ref={host}>
      <figcaption>{title}</figcaption>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={isLines ? title : `${title}: ${format(sumOf(series.map(({ values }) => sumOf(values))))}`}
        aria-describedby={id}
        // In SVG, attribute names are case-sensitive. The arrow keys show single values.
        tabindex={0}
        onPointerMove={(event) => setCursor(slotAt(event.offsetX, slots.length, scale))}
        onPointerLeave={() => setCursor(undefined)}
        onKeyDown={(event) => {
          const step = STEPS[event.key]
          if (step === undefined) return
          move(step)
          event.preventDefault()
        }}
      >
        <Grid scale={scale} format={format} slots={slots} />
        {paths.map((path, index) => (
          <path key={series[index]?.name} class={`${isLines ? 'line ' : ''}series-${index}`} d={path} />
        ))}
        <Hatches {...props} scale={scale} />
        {cursor === undefined ? null : (
          <rect
            class="cursor"
            x={scale.left(cursor)}
            y={MARGIN.top}
            width={scale.step}
            height={scale.inner}
          />
        )}
      </svg>
      <p id={id} class="chart-values" role="status">
        {cursor === undefined ? <Legend {...props} /> : <Values {...props} at={cursor} />}
      </p>
    </figure>
  )
}

/** The width of a letter of a slot's name, with room around the name. */
const MAX_LETTER_PX = 7

function Grid({
  scale,
  format,
  slots,
}: {
  scale: Scale
  format: (value: number) => string
  slots: readonly string[]
}) {
  const lines = Array.from({ length: TICKS + 1 }, (_, index) => (scale.top / TICKS) * index)
  const last = slots.length - 1
  const middle = Math.floor(last / 2)
  const longest = Math.max(...slots.map((slot) => shortSlot(slot).length))
  const hasMiddle = last > 1 && scale.right - MARGIN.left > 3 * longest * MAX_LETTER_PX
  return (
    <g class="grid">
      {lines.map((value) => (
        <g key={value}>
          <line x1={MARGIN.left} x2={scale.right} y1={scale.y(value)} y2={scale.y(value)} />
          <text x={MARGIN.left - 6} y={scale.y(value) + 4} text-anchor="end">
            {format(value)}
          </text>
        </g>
      ))}
      <SlotName at={scale.left(0)} scale={scale} anchor="start" slot={slots[0]} />
      {hasMiddle ? (
        <SlotName at={scale.left(middle)} scale={scale} anchor="middle" slot={slots[middle]} />
      ) : null}
      {last > 0 ? <SlotName at={scale.right} scale={scale} anchor="end" slot={slots[last]} /> : null}
    </g>
  )
}

function SlotName(props: {
  at: number
  scale: Scale
  anchor: 'start' | 'middle' | 'end'
  slot: string | undefined
}) {
  return (
    <text x={props.at} y={props.scale.height - 4} text-anchor={props.anchor}>
      {shortSlot(props.slot ?? '')}
    </text>
  )
}

/** `11-28` for a day, `13:00` for an hour; anything else unchanged. */
function shortSlot(slot: string): string {
  const [, day, hour] = /^\d{4}-(\d\d-\d\d)(?:T(\d\d))?$/.exec(slot) ?? []
  return hour ? `${hour}:00` : (day ?? slot)
}

function Hatches({ hatched, scale }: { hatched?: readonly boolean[] | undefined; scale: Scale }) {
  const id = useId()
  if (!hatched?.some(Boolean)) return null
  return (
    <>
      <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch" width="2" height="6" />
      </pattern>
      {hatched.map((isHatched, slot) =>
        isHatched ? (
          <rect
            key={slot}
            x={scale.left(slot)}
            y={MARGIN.top}
            width={scale.step}
            height={scale.inner}
            fill={`url(#${id})`}
          />
        ) : null,
      )}
    </>
  )
}

function Legend({ series, hatched, hatchedMeaning }: ChartProps) {
  return (
    <>
      {series.map(({ name }, index) => (
        <span key={name} class="key">
          <i class={`series-${index}`} />
          {name || '—'}
        </span>
      ))}
      {hatched?.some(Boolean) ? (
        <span class="key">
          <i class="hatched" />
          {hatchedMeaning}
        </span>
      ) : null}
      {series.length === 0 ? texts().common.noData : null}
    </>
  )
}

function Values({ slots, series, format, at }: ChartProps & { at: number }) {
  return (
    <>
      <strong>{slots[at]}</strong>
      {series
        .map(({ name, values }, index) => ({ name, index, value: values[at] ?? 0 }))
        .filter(({ value }) => value > 0)
        .map(({ name, index, value }) => (
          <span key={name} class="key">
            <i class={`series-${index}`} />
            {name || '—'} {format(value)}
          </span>
        ))}
    </>
  )
}
