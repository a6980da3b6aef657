import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { CONSOLE_DIRECTORY } from '../../../scripts/build-console.ts'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { tasksOf } from '../main-thread.ts'
import { lastAnswer, send, withPage, withPlayground } from '../playground.ts'
import { fakeRows, serveRows } from '../request-rows.ts'

const MAX_FIRST_LOAD_BYTES = 60_000
const MAX_ALL_BYTES = 80_000

/** Script and frame. A busy machine may delay each of several runs, so the best one counts. */
const CHART_MS = 100
const ROWS_MS = 100
/** A frame of a screen at 60 Hz. */
const FRAME_MS = 17
const STREAM_STEP_MS = 50
const FIRST_PAINT_MS = 1000
const RUNS = 5
const FRAMES = 60

/** Between two polls while rows come; an hour has this many. A tenth of them shows whether anything is kept. */
const POLL_MS = 2000
const POLLS_AN_HOUR = 3_600_000 / POLL_MS

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
    '25 something is painted within a second',
    async (stage) => {
      const times: number[] = []
      for (let run = 0; run < RUNS; run++) {
        await withPage(await stage.open('#/play'), async (page) => {
          // The entry is written a little after the paint.
          const painted = await page.waitForFunction(
            () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
          )
          times.push((await painted.jsonValue()) ?? Number.NaN)
        })
      }
      within('first contentful paint', times, FIRST_PAINT_MS)
    },
  ],
  [
    '26 400 days of 8 models are drawn in 100 ms',
    async (stage) => {
      const session = await stage.session('read')
      const opened = await stage.open('#/doctor')
      await opened.page.route('**/edge/usage?*', (route) => route.fulfill({ json: yearOfUsage() }))
      await withPage(opened, async (page) => {
        await page.goto(`${stage.address}/console/#/overview?session=${session}&days=400`)
        await page.locator('.chart path').first().waitFor()
        const charts = await page.locator('.chart').count()
        const times: number[] = []
        for (let run = 0; run < RUNS; run++) {
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
        within(
          `one of ${charts} charts`,
          times.map((time) => time / charts),
          CHART_MS,
        )
      })
    },
  ],
  [
    '27 10,000 requests are shown in 100 ms, filtered in 100 ms, with at most 60 rows in the document',
    async (stage) => {
      const opened = await stage.open('#/doctor')
      await serveRows(opened.page, fakeRows(10_000))
      await withPage(opened, async (page) => {
        await page.evaluate(measurePaintAfterAnswer)
        await page.goto(`${stage.address}/console/#/requests?session=${await stage.session('read')}`)
        await page.locator('.virtual-row').first().waitFor()
        assert.ok((await page.locator('.virtual-row').count()) <= 60)
        const paints = () => page.evaluate(() => Reflect.get(globalThis, 'paints') as number[])
        const status = page.getByLabel('Status')
        for (let run = 0; run < RUNS; run++) {
          await status.selectOption(run % 2 === 0 ? '5xx' : '')
          await until('a paint', async () => (await paints()).length > run + 1)
        }
        within('rows on the screen', await paints(), ROWS_MS)
      })
    },
  ],
  [
    '27 10,000 requests scroll without a late frame, and other rows come into view',
    async (stage) => {
      const opened = await stage.open('#/doctor')
      await serveRows(opened.page, fakeRows(10_000))
      await withPage(opened, async (page) => {
        await page.goto(`${stage.address}/console/#/requests?session=${await stage.session('read')}`)
        await page.locator('.virtual-row').first().waitFor()
        const perFrame: number[] = []
        for (let run = 0; run < RUNS; run++) {
          const tasks = await tasksOf(page, () => page.evaluate(scroll, FRAMES))
          perFrame.push(tasks.reduce((sum, task) => sum + task, 0) / FRAMES)
        }
        within('main thread for a frame', perFrame, FRAME_MS)
        assert.ok((await page.locator('.virtual-row').count()) <= 60)
        assert.notEqual(await page.locator('.virtual-row').first().getAttribute('aria-rowindex'), '2')
      })
    },
  ],
  [
    '28 an answer of 40 kB in 2,500 pieces is shown without a step over 50 ms',
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
        page.setDefaultTimeout(60_000)
        const longest: number[] = []
        for (let run = 0; run < RUNS && !longest.some((step) => step < STREAM_STEP_MS); run++) {
          const tasks = await tasksOf(page, async () => {
            await send(page, 'go')
            await lastAnswer(page)
          })
          longest.push(Math.max(...tasks))
          await page.getByRole('button', { name: 'New conversation' }).click()
        }
        within('longest step', longest, STREAM_STEP_MS)
      }),
  ],
  [
    '29 the heap stays flat in an hour of live rows',
    async (stage) => {
      const opened = await stage.open('#/doctor')
      const { page } = opened
      await page.clock.install()
      const served = await serveRows(page, fakeRows(10_000))
      await withPage(opened, async () => {
        await page.goto(`${stage.address}/console/#/requests?session=${await stage.session('read')}`)
        await page.locator('.virtual-row').first().waitFor()
        await page.getByRole('button', { name: 'Live' }).click()
        const devTools = await page.context().newCDPSession(page)
        const heapBytes = async () => {
          await devTools.send('HeapProfiler.collectGarbage')
          return (await devTools.send('Runtime.getHeapUsage')).usedSize
        }
        const polls = async (count: number) => {
          for (let poll = 0; poll < count; poll++) {
            served.add(50)
            const answered = page.waitForResponse('**/edge/requests?*since=*')
            await page.clock.runFor(POLL_MS)
            await (await answered).finished()
          }
        }
        await polls(20)
        const before = await heapBytes()
        await polls(POLLS_AN_HOUR / 10)
        const grown = (await heapBytes()) - before
        console.log(`        ${(before / 1e6).toFixed(1)} MB, ${(grown / 1e6).toFixed(1)} MB more in the end`)
        assert.ok(grown < 0.1 * before, `${grown} bytes more than ${before}`)
      })
    },
  ],
]

function within(what: string, values: readonly number[], limit: number): void {
  const best = Math.min(...values)
  console.log(`        ${what}: ${values.map((value) => value.toFixed(0)).join(', ')} ms`)
  assert.ok(best < limit, `${what}: the best of ${values.length} runs took ${best} ms, and not ${limit}.`)
}

/** In the page: from the moment when an answer was read to the frame that shows its rows. */
function measurePaintAfterAnswer(): void {
  const paints: number[] = []
  Reflect.set(globalThis, 'paints', paints)
  const { json } = Response.prototype
  Response.prototype.json = async function () {
    const value = (await json.call(this)) as { rows?: unknown }
    if (!Array.isArray(value.rows)) return value
    const begun = performance.now()
    setTimeout(() => requestAnimationFrame(() => setTimeout(() => paints.push(performance.now() - begun))))
    return value
  }
}

/** In the page: scrolls a list by five rows a frame, 10,000 pixels a second. */
async function scroll(frames: number): Promise<void> {
  const list = document.querySelector('.virtual')
  for (let frame = 0; frame < frames; frame++) {
    list?.scrollBy(0, 170)
    await new Promise(requestAnimationFrame)
  }
}

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
