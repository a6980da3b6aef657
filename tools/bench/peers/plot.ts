import type { Spread } from '../statistics.ts'
import type { Result } from './result.ts'
import { sentenceOnMachine, sentenceOnOthers } from './tables.ts'

/** Pixels. */
const WIDTH = 760
const MARGIN = 16
const BAR_START = 220
const BAR_END = 620
const ROW_HEIGHT = 24
const BAR_HEIGHT = 14
const TITLE_HEIGHT = 34

/** Characters of the small print that fit into a line. */
const LINE_CHARACTERS = 116

/** Grey, blue and the grid can be distinguished on white and on black; text takes the page's scheme. */
const STYLE = `text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .small { font-size: 11px; fill: #59636e }
.own { fill: #2f81f7 } .other { fill: #8b949e } .quartiles { stroke: #d1242f; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .small { fill: #9198a1 } }`

interface Bar {
  name: string
  spread: Spread
}

interface Panel {
  title: string
  digits: number
  bars: Bar[]
}

/** A result as bars with the quartiles across their ends: an SVG for light and dark schemes. */
export function plot(result: Result): string {
  const panels = panelsOf(result)
  const parts: string[] = []
  let top = MARGIN
  for (const panel of panels) {
    parts.push(drawPanel(panel, top))
    top += TITLE_HEIGHT + panel.bars.length * ROW_HEIGHT + MARGIN
  }
  for (const line of smallPrint(result).flatMap(wrap)) {
    top += MARGIN
    parts.push(`<text class="small" x="${MARGIN}" y="${top}">${escapeMarkup(line)}</text>`)
  }
  const height = top + MARGIN
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="The gateway compared with its peers">
<style>${STYLE}</style>
${parts.join('\n')}
</svg>
`
}

function panelsOf({ throughput, firstEvent }: Result): Panel[] {
  const measured = (rows: { name: string; spread: Spread | undefined }[]) =>
    rows.flatMap(({ name, spread }) => (spread ? [{ name, spread }] : []))
  return [
    {
      title: 'Requests per second, 32 callers (longer is better)',
      digits: 0,
      // Direct calls would make all other bars too short to compare; they are only in the table.
      bars: throughput.slice(1).map(({ name, perSecond }) => ({ name, spread: perSecond })),
    },
    {
      title: 'CPU time per request, µs (shorter is better)',
      digits: 0,
      bars: measured(throughput.map(({ name, cpuMicroseconds }) => ({ name, spread: cpuMicroseconds }))),
    },
    {
      title: 'Added time to the first event, ms (shorter is better)',
      digits: 2,
      bars: measured(firstEvent),
    },
  ]
}

function drawPanel({ title, digits, bars }: Panel, top: number): string {
  const largest = Math.max(...bars.map(({ spread }) => spread.upperQuartile), Number.MIN_VALUE)
  const at = (value: number) => BAR_START + (Math.max(0, value) / largest) * (BAR_END - BAR_START)
  const rows = bars.map(({ name, spread }, index) => {
    const y = top + TITLE_HEIGHT + index * ROW_HEIGHT
    const middle = y + BAR_HEIGHT / 2
    const [lower, end, upper] = [at(spread.lowerQuartile), at(spread.median), at(spread.upperQuartile)].map(
      (x) => x.toFixed(1),
    )
    const kind = name.startsWith('dashscope-edge') ? 'own' : 'other'
    return [
      `<text x="${BAR_START - 8}" y="${middle + 4}" text-anchor="end">${escapeMarkup(name)}</text>`,
      `<rect class="${kind}" x="${BAR_START}" y="${y}" width="${(Number(end) - BAR_START).toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
      `<line class="quartiles" x1="${lower}" x2="${upper}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${BAR_END + 12}" y="${middle + 4}">${spread.median.toFixed(digits)}</text>`,
    ].join('')
  })
  return [
    `<text class="title" x="${MARGIN}" y="${top + MARGIN}">${escapeMarkup(title)}</text>`,
    ...rows,
  ].join('\n')
}

function smallPrint({ machine, rounds }: Result): string[] {
  return [
    sentenceOnMachine(machine),
    `Bars are medians of ${rounds} rounds in turns, red lines reach from quartile to quartile. ${sentenceOnOthers(machine)}`,
  ]
}

function wrap(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.length - 1
    const longer = `${lines[last]} ${word}`.trim()
    if (longer.length > LINE_CHARACTERS) lines.push(word)
    else lines[last] = longer
  }
  return lines
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
