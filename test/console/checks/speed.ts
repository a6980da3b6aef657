import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { CONSOLE_DIRECTORY } from '../../../scripts/build-console.ts'
import type { Check } from '../check.ts'
import { lastAnswer, send, withPage, withPlayground } from '../playground.ts'
import { fakeRows, serveRows } from '../request-rows.ts'

const MAX_FIRST_LOAD_BYTES = 60_000
const MAX_ALL_BYTES = 80_000

/** Bounds with room for a busy machine; on an idle one all of this takes a fraction. */
const CHART_MS = 100
const FIRST_ROWS_MS = 500
const STREAM_STEP_MS = 100

/** How fast the console is, on data of the size that a year brings. */
export const speedChecks: readonly Check[] = [
  [
    '25 the first load has at most 60 kB, and all scripts and styles together at most 80 kB, gzipped',
    async (stage) => {
      const directory = join(CONSOLE_DIRECTORY, 'a')
      const sizes = new Map<string, number>()
      for (const name of await readdir(directory)) {
        sizes.set(name, gzipSync(await readFile(join(directory, name)), { level: 9 }).byteLength)
      }
      const all = [...sizes.values()].reduce((sum, size) => sum + size, 0)
      const loaded = new Set<string>()
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/play?key=${key}`), async (page) => {
        const urls = await page.evaluate(() =>
          performance.getEntriesByType('resource').map(({ name }) => name),
        )
        for (const url of urls) loaded.add(url.split('/').at(-1) ?? '')
      })
      const first = [...loaded].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
      console.log(`        first load ${(first / 1000).toFixed(1)} kB, all ${(all / 1000).toFixed(1)} kB`)
      assert.ok(first > 0 && first <= MAX_FIRST_LOAD_BYTES, `${first} bytes`)
      assert.ok(all <= MAX_ALL_BYTES, `${all} bytes`)
    },
  ],
  [
    '26 400 days of 8 models are drawn in 100 ms a chart',
    async (stage) => {
      const session = await stage.session('read')
      const opened = await stage.open('#/doctor')
      await opened.page.route('**/edge/usage?*', (route) => route.fulfill({ json: yearOfUsage() }))
      await withPage(opened, async (page) => {
        await page.goto(`${stage.address}/console/#/overview?session=${session}&days=400`)
        await page.locator('.chart path').first().waitFor()
        const times: number[] = []
        for (let time = 0; time < 5; time++) {
          await page.getByRole('radio', { name: 'Table' }).check()
          times.push(
            await page.evaluate(async () => {
              const chart = [...document.querySelectorAll('label')].find(
                ({ textContent }) => textContent === 'Chart',
              )
              const begun = performance.now()
              chart?.click()
              await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
              return performance.now() - begun
            }),
          )
        }
        const median = times.toSorted((one, other) => one - other)[2] ?? Number.NaN
        const perChart = median / (await page.locator('.chart').count())
        console.log(`        ${perChart.toFixed(0)} ms a chart`)
        assert.ok(perChart < CHART_MS, `${perChart} ms`)
      })
    },
  ],
  [
    '27 of 10,000 requests only the visible rows are in the document, and scrolling shows others',
    async (stage) => {
      const opened = await stage.open('#/doctor')
      await serveRows(opened.page, fakeRows(10_000))
      await withPage(opened, async (page) => {
        await page.goto(`${stage.address}/console/#/requests?session=${await stage.session('read')}`)
        await page.locator('.virtual-row').first().waitFor()
        assert.ok((await page.locator('.virtual-row').count()) <= 60)
        const tookMs = await page.evaluate(async () => {
          const list = document.querySelector('.virtual')
          const begun = performance.now()
          list?.scrollTo(0, 200_000)
          await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
          return performance.now() - begun
        })
        assert.ok(tookMs < FIRST_ROWS_MS, `${tookMs} ms`)
        assert.ok((await page.locator('.virtual-row').count()) <= 60)
        await page.locator('.virtual-row a').first().waitFor()
      })
    },
  ],
  [
    '28 an answer of 40 kB in 2,500 pieces is shown without a long step',
    (stage) =>
      withPlayground(stage, async (page) => {
        const sentence =
          'A **bold** word, a `code`, a list:\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n'
        const text = sentence.repeat(Math.ceil(40_000 / sentence.length))
        const pieces = text.match(/[\s\S]{1,16}/g) ?? []
        const events = pieces.map(
          (content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`,
        )
        await page.route('**/chat/completions', (route) =>
          route.fulfill({
            headers: { 'content-type': 'text/event-stream' },
            body: `${events.join('')}data: [DONE]\n\n`,
          }),
        )
        await page.evaluate(() => {
          const steps: number[] = []
          Reflect.set(globalThis, 'steps', steps)
          new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) steps.push(duration)
          }).observe({ type: 'longtask' })
        })
        await send(page, 'go')
        await lastAnswer(page)
        const steps = await page.evaluate(() => Reflect.get(globalThis, 'steps') as number[])
        console.log(`        longest step ${Math.max(0, ...steps)} ms`)
        assert.ok(Math.max(0, ...steps) < STREAM_STEP_MS, `${steps}`)
      }),
  ],
]

function yearOfUsage() {
  const today = Date.now()
  const measures = { cache_hits: 1, refused: 0, broken: 0, unpriced: 0, saved_money: 0 }
  const rows = Array.from({ length: 400 * 8 }, (_, index) => ({
    day: new Date(today - Math.floor(index / 8) * 86_400_000).toISOString().slice(0, 10),
    model: `model-${index % 8}`,
    requests: (index * 37) % 1000,
    input_tokens: (index * 91) % 100_000,
    output_tokens: (index * 53) % 50_000,
    money: ((index * 13) % 100) / 10,
    ...measures,
  }))
  const total = { requests: 1, input_tokens: 1, output_tokens: 1, money: 1, ...measures }
  return { from: '', to: '', currency: 'CNY', group_by: ['day', 'model'], rows, total }
}
