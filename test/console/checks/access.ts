import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import type { Check } from '../check.ts'
import { send, withPage } from '../playground.ts'
import { SCREENS } from '../screens.ts'
import type { Stage, View } from '../stage.ts'

/** WCAG 2.2 AA and what axe calls best practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What people need who see, hear or point differently. */
export const accessChecks: readonly Check[] = [
  ...(['en', 'zh'] as const).flatMap((language) =>
    (['light', 'dark'] as const).map(
      (scheme): Check => [
        `20 axe finds nothing on any screen in ${language}, ${scheme}`,
        async (stage) => assert.deepEqual(await lookAt(stage, { language, scheme }), []),
      ],
    ),
  ),
  [
    '21 a person gets from the door to an answer by keyboard alone, and a dialog gives the focus back',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open('#/play'), async (page) => {
        await page.getByLabel('Client key', { exact: true }).last().focus()
        await page.keyboard.type(key)
        await page.keyboard.press('Enter')
        const box = page.getByLabel('Message', { exact: true })
        await box.waitFor()
        for (
          let tabs = 0;
          tabs < 60 && !(await box.evaluate((node) => node === document.activeElement));
          tabs++
        ) {
          await page.keyboard.press('Tab')
        }
        await page.keyboard.type('12*7')
        await page.keyboard.press('Control+Enter')
        await page.locator('.figures').waitFor()
        const raw = page.getByRole('button', { name: 'Raw events' })
        await raw.focus()
        await page.keyboard.press('Enter')
        await page.getByRole('dialog').waitFor()
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        assert.ok(await raw.evaluate((node) => node === document.activeElement), 'The focus is lost.')
      })
    },
  ],
  [
    '22 no screen scrolls sideways at a width of 360 px, nor 23 with text of twice the size',
    async (stage) => {
      const wide: string[] = []
      for (const screen of SCREENS) {
        for (const language of ['en', 'zh'] as const) {
          await withPage(await screen.open(stage, { width: 360, height: 740, language }), async (page) => {
            const wider = await overflowing(page)
            if (wider !== '') wide.push(`${screen.name} ${language}: ${wider}`)
          })
        }
        await withPage(await screen.open(stage, { width: 1280 }), async (page) => {
          await page.evaluate(() => {
            document.documentElement.style.fontSize = '32px'
          })
          const wider = await overflowing(page)
          if (wider !== '') wide.push(`${screen.name} large text: ${wider}`)
        })
      }
      assert.deepEqual(wide, [])
    },
  ],
  [
    '24 lang and title follow the language, and Chinese is chosen by the browser or by the button',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/play?key=${key}`, { language: 'zh' }), async (page) => {
        assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN')
        assert.equal(await page.title(), '试用 · dashscope-edge')
        await page.getByRole('button', { name: 'English' }).click()
        await page.getByRole('button', { name: 'Send', exact: true }).waitFor()
        assert.equal(await page.getAttribute('html', 'lang'), 'en')
        assert.equal(await page.title(), 'Playground · dashscope-edge')
        await send(page, '1+1')
      })
    },
  ],
]

async function lookAt(stage: Stage, view: View): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const found: string[] = []
  for (const screen of SCREENS) {
    const opened = await screen.open(stage, { ...view, reducedMotion: true })
    const { page } = opened
    // Evaluated by the debugger, which no policy of the page concerns.
    await page.evaluate(axe)
    const violations = await page.evaluate(async (rules) => {
      const run = Reflect.get(globalThis, 'axe').run
      const result = await run(document, { runOnly: rules })
      return result.violations.map(
        ({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
          `${id}: ${nodes[0]?.html.slice(0, 200)}`,
      ) as string[]
    }, RULES)
    found.push(
      ...violations.map((violation) => `${screen.name} ${view.language} ${view.scheme} ${violation}`),
    )
    await opened.close()
  }
  return found
}

/** The elements that reach over the right edge of the page, where that makes it scroll; empty if nothing does. */
function overflowing(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth <= clientWidth + 1) return ''
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    )
    return wide
      .map((element) => `${element.tagName}.${element.className}`)
      .slice(0, 5)
      .join(' ')
  })
}
