import assert from 'node:assert/strict'
import { texts as en } from '../../../console/src/texts/en/index.ts'
import { texts as zh } from '../../../console/src/texts/zh/index.ts'
import type { Check } from '../check.ts'
import { send, withPage } from '../playground.ts'
import type { Stage } from '../stage.ts'
import { visitScreens } from '../visit.ts'

const LANGUAGES = ['en', 'zh'] as const

/** What people need who see, hear or point differently. */
export const accessChecks: readonly Check[] = [
  ...LANGUAGES.map(
    (language): Check => [
      `20 axe finds nothing on any screen in ${language}, light and dark`,
      async (stage) => assert.deepEqual((await visitScreens(stage, language)).axe, []),
    ],
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
  ...LANGUAGES.flatMap((language): Check[] => [
    [
      `22 no screen scrolls sideways at a width of 360 px in ${language}`,
      async (stage) => assert.deepEqual((await visitScreens(stage, language)).narrow, []),
    ],
    [
      `23 no screen scrolls sideways with text of twice the size in ${language}`,
      async (stage) => assert.deepEqual((await visitScreens(stage, language)).large, []),
    ],
  ]),
  [
    '22 on a phone the current page of the navigation is in view, and a new conversation begins at its top',
    async (stage) => {
      const phone = { width: 360, height: 740 }
      const hash = `#/doctor?session=${await stage.session('read')}`
      await withPage(await stage.open(hash, phone), async (page) => {
        const right = await page
          .locator('nav a[aria-current]')
          .evaluate((link) => link.getBoundingClientRect().right)
        assert.ok(right <= 360, `The link ends at ${right} px.`)
      })
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/play?key=${key}`, phone), async (page) => {
        await page.getByRole('button', { name: 'Translate' }).waitFor()
        assert.equal(await page.evaluate(() => scrollY), 0)
      })
    },
  ],
  [
    '23 with reduced motion nothing moves, not even while an answer is waited for',
    (stage) => moving(stage, true).then((count) => assert.equal(count, 0)),
  ],
  [
    '23 with forced colours the choice that is made, the focus and the bars of a chart can be distinguished',
    async (stage) => {
      const { key } = await stage.issueKey({ limits: { requests_per_minute: 60 } })
      await withPage(await stage.open(`#/usage?key=${key}`), async (page) => {
        await page.emulateMedia({ forcedColors: 'active' })
        await page.locator('.chart svg').first().waitFor()
        const seen = await page.evaluate(() => {
          const outline = (selector: string) => {
            const element = document.querySelector(selector)
            return element ? getComputedStyle(element).outlineStyle : 'missing'
          }
          document.querySelector<HTMLElement>('.chart svg')?.focus()
          return {
            checked: outline('.segments input:checked + span'),
            unchecked: outline('.segments input:not(:checked) + span'),
            focused: outline('.chart svg'),
            axis: getComputedStyle(document.querySelector('.chart text') ?? document.body).fill,
            page: getComputedStyle(document.body).backgroundColor,
          }
        })
        assert.equal(seen.checked, 'solid')
        assert.equal(seen.unchecked, 'none')
        assert.notEqual(seen.axis, seen.page)
      })
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
  [
    '24 no screen in Chinese shows a text in English, and none an absent value',
    async (stage) => {
      // The gateway itself calls what it folds together "(other)".
      const english = new Set(englishTexts().filter((text) => text !== en.common.other))
      const { lines } = await visitScreens(stage, 'zh')
      const wrong = lines.filter(
        ({ text }) => english.has(text) || /\bundefined\b|\bNaN\b|\[object/.test(text),
      )
      assert.deepEqual(wrong, [])
    },
  ],
]

/** How many animations and transitions run while the playground waits for an answer. */
async function moving(stage: Stage, reducedMotion: boolean): Promise<number> {
  const { key } = await stage.issueKey()
  let count = 0
  await withPage(await stage.open(`#/play?key=${key}`, { reducedMotion }), async (page) => {
    await page.route('**/chat/completions', () => undefined)
    await send(page, 'Hi')
    await page.getByText(/Waiting for the first byte/).waitFor()
    count = await page.evaluate(() => document.getAnimations().length)
  })
  return count
}

/** Texts of English that differ in Chinese, as far as they are whole sentences or labels. */
function englishTexts(): string[] {
  const found: string[] = []
  const walk = (one: unknown, other: unknown): void => {
    if (typeof one === 'string' && typeof other === 'string') {
      if (one.length > 4 && one !== other) found.push(one)
    } else if (typeof one === 'object' && one !== null) {
      for (const [name, value] of Object.entries(one)) walk(value, Reflect.get(other as object, name))
    }
  }
  walk(en, zh)
  const chinese = JSON.stringify(zh)
  return found.filter((text) => !chinese.includes(`"${text}"`))
}
