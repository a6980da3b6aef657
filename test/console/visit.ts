import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { MORE_SCREENS } from './more-screens.ts'
import { overflowing } from './overflow.ts'
import { SCREENS, type Screen } from './screens.ts'
import type { Stage } from './stage.ts'

/** WCAG 2.2 AA and what axe calls best practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Twice the text size of browsers. */
const LARGE_TEXT = '32px'

const PHONE = { width: 360, height: 740 }

/** What was seen of all screens in a language, by what was looked for. */
export interface Visit {
  /** Rules of axe that are violated, in light or dark, and faults of the page. */
  axe: string[]
  /** Screens that scroll sideways with large text. */
  large: string[]
  /** Screens that scroll sideways on a phone. */
  narrow: string[]
  /** Every line of text. */
  lines: { screen: string; text: string }[]
}

const visits = new Map<string, Promise<Visit>>()

/** Opens every screen in a language (empty, full, with an error, with its dialogs): once, for all checks that look at them. */
export function visitScreens(stage: Stage, language: 'en' | 'zh'): Promise<Visit> {
  const known = visits.get(language)
  if (known) return known
  const visit = visitAll(stage, language)
  visits.set(language, visit)
  return visit
}

async function visitAll(stage: Stage, language: 'en' | 'zh'): Promise<Visit> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const visit: Visit = { axe: [], large: [], narrow: [], lines: [] }
  for (const screen of [...SCREENS, ...MORE_SCREENS]) await look(stage, screen, { language, axe, visit })
  return visit
}

async function look(
  stage: Stage,
  { name, open }: Screen,
  { language, axe, visit }: { language: 'en' | 'zh'; axe: string; visit: Visit },
): Promise<void> {
  const opened = await open(stage, { language, scheme: 'light', reducedMotion: true })
  const { page } = opened
  const texts = (await page.locator('body').innerText()).split('\n')
  visit.lines.push(...texts.map((text) => ({ screen: name, text: text.trim() })))

  // As high as the page: what lies below the header or the message box depends on how far the page is scrolled.
  const height = await page.evaluate(() => Math.max(innerHeight, document.documentElement.scrollHeight))
  await page.setViewportSize({ width: page.viewportSize()?.width ?? PHONE.width, height })
  // Evaluated by the debugger, which no policy of the page concerns.
  await page.evaluate(axe)
  const inLight = await violations(page, { runOnly: RULES })
  await page.emulateMedia({ colorScheme: 'dark' })
  // Only colours differ in the dark.
  const inDark = await violations(page, { runOnly: { type: 'rule', values: ['color-contrast'] } })
  visit.axe.push(
    ...inLight.map((each) => `${name} light ${each}`),
    ...inDark.map((each) => `${name} dark ${each}`),
  )

  const wideWithLargeText = await overflowAt(page, LARGE_TEXT)
  if (wideWithLargeText !== '') visit.large.push(`${name}: ${wideWithLargeText}`)
  await page.setViewportSize(PHONE)
  const wideOnPhone = await overflowAt(page, '')
  if (wideOnPhone !== '') visit.narrow.push(`${name}: ${wideOnPhone}`)

  visit.axe.push(...opened.faults.map((fault) => `${name} ${fault}`))
  await opened.close()
}

/** What reaches over the right edge with a text size, once the page is laid out. */
async function overflowAt(page: Page, fontSize: string): Promise<string> {
  await page.evaluate(async (size) => {
    document.documentElement.style.fontSize = size
    // Charts are drawn again after the layout.
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)
  }, fontSize)
  return overflowing(page)
}

/** Runs axe on a page that has it; one line for each rule that is violated. */
function violations(page: Page, options: object): Promise<string[]> {
  return page.evaluate(async (given) => {
    const result = await Reflect.get(globalThis, 'axe').run(document, given)
    return result.violations.map(
      ({ id, nodes }: { id: string; nodes: { html: string }[] }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`,
    )
  }, options)
}
