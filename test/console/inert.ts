import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

/** Answers the next calls with a text, in pieces of a size. */
export async function streamBack(page: Page, text: string, size: number): Promise<void> {
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []
  const events = pieces.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
  await page.unroute('**/chat/completions')
  await page.route('**/chat/completions', (route) =>
    route.fulfill({
      headers: { 'content-type': 'text/event-stream' },
      body: `${events.join('')}data: [DONE]\n\n`,
    }),
  )
}

/** Nothing of what a text asked for has happened. */
export async function assertInert(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    hacked: Reflect.get(globalThis, 'hacked'),
    images: [...document.images].filter(({ src }) => !/^(?:data|blob):/.test(src)).length,
    foreign: document.querySelectorAll(
      'main :is(script, iframe, svg[onload], style, form[action], base, meta, object, embed)',
    ).length,
    links: [...document.querySelectorAll<HTMLAnchorElement>('main a[href]')]
      .map(({ protocol }) => protocol)
      .filter((protocol) => !['http:', 'https:', 'mailto:'].includes(protocol)),
  }))
  assert.deepEqual(found, { hacked: undefined, images: 0, foreign: 0, links: [] })
}
