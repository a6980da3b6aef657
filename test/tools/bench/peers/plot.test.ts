import { expect, it } from 'vitest'
import { plot } from '../../../../tools/bench/peers/plot.ts'
import { aResult, around } from './a-result.ts'

/** Names and widths of the bars of the panel with this title. */
function barsOf(svg: string, title: string): [string | undefined, number][] {
  const [panel = ''] = (svg.split(title)[1] ?? '').split('class="title"')
  return panel
    .split('\n')
    .filter((line) => line.includes('<rect'))
    .map((line) => [/>([^<]*)<\/text>/.exec(line)?.[1], Number(/<rect[^>]* width="([^"]*)"/.exec(line)?.[1])])
}

it('Bars are drawn in proportion, within their space.', () => {
  const bars = barsOf(plot(aResult()), 'CPU time per request')
  expect(bars.map(([name]) => name)).toEqual(['dashscope-edge', 'Portkey'])
  const [[, own] = [], [, peer] = []] = bars
  expect((peer ?? 0) / (own ?? 0)).toBeCloseTo(5, 1)
  // The upper quartile, a tenth longer, is the longest of all and ends where bars may end.
  expect(1.1 * (peer ?? 0)).toBeCloseTo(400, 0)
})

it('The direct path is left out of the requests per second, and unmeasured values out of every panel.', () => {
  const svg = plot(aResult())
  expect(barsOf(svg, 'Requests per second').map(([name]) => name)).toEqual(['dashscope-edge', 'Portkey'])
  const firstEvent = [{ name: 'Portkey', spread: undefined, longest: null }]
  expect(barsOf(plot(aResult({ firstEvent })), 'Added time')).toEqual([])
})

it('No bar points to the left if the gateway was faster than the direct path.', () => {
  const firstEvent = [
    { name: 'dashscope-edge', spread: around(-0.5), longest: 0 },
    { name: 'Portkey', spread: around(2), longest: 2 },
  ]
  expect(barsOf(plot(aResult({ firstEvent })), 'Added time')[0]).toEqual(['dashscope-edge', 0])
})

it('The plot has no markup but its own, and numbers everywhere.', () => {
  const svg = plot(aResult())
  expect(svg).toContain('a processor &lt;fast &amp; cheap>')
  for (const result of [aResult(), aResult({ throughput: [], firstEvent: [] })]) {
    expect(plot(result)).not.toMatch(/NaN|Infinity|undefined/)
  }
})

it('The plot is as high as its content.', () => {
  const svg = plot(aResult())
  const height = Number(/ height="(\d+)" role/.exec(svg)?.[1])
  const lowest = Math.max(...[...svg.matchAll(/ y="([\d.]+)"/g)].map(([, y]) => Number(y)))
  expect(height).toBeGreaterThan(lowest)
  expect(svg).toContain(`viewBox="0 0 760 ${height}"`)
})
