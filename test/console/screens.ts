import type { Page } from 'playwright-core'
import { send } from './playground.ts'
import { fakeRows, serveRows } from './request-rows.ts'
import type { ConsolePage, Stage, View } from './stage.ts'

/** A screen as a person meets it, for accessibility checks and screenshots. */
export interface Screen {
  name: string
  open: (stage: Stage, view: View) => Promise<ConsolePage>
}

const asOperator =
  (hash: string, then: (page: Page) => Promise<void> = async () => undefined) =>
  async (stage: Stage, view: View): Promise<ConsolePage> => {
    const opened = await stage.open(`#/${hash}?session=${await stage.session()}`, view)
    await then(opened.page)
    return opened
  }

const LIMITS = { requests_per_minute: 60, tokens_per_day: 1_000_000, money_per_month: 50 }

const asClient =
  (hash: string, then: (page: Page) => Promise<void> = async () => undefined, limits: object = LIMITS) =>
  async (stage: Stage, view: View): Promise<ConsolePage> => {
    const { key } = await stage.issueKey({ name: 'web', limits })
    const opened = await stage.open(`#/${hash}?key=${key}`, view)
    await then(opened.page)
    return opened
  }

/** Every screen: empty, full, with an error, with its dialogs. */
export const SCREENS: readonly Screen[] = [
  { name: 'door', open: (stage, view) => stage.open('#/play', view) },
  { name: 'door-operator', open: (stage, view) => stage.open('#/overview', view) },
  { name: 'play-empty', open: asClient('play') },
  { name: 'play', open: asClient('play', converse) },
  {
    name: 'play-error',
    open: asClient('play', async (page) => {
      await page.locator('#model-0').fill('fault-status-400-InvalidParameter')
      await send(page, 'Hi')
      await page.locator('.failure').first().waitFor()
      await page.locator('.from-model .stack > .quiet').click()
      await page.locator('.turn .notice').waitFor()
    }),
  },
  {
    name: 'play-image',
    open: asClient('play', async (page) => {
      await page.locator('.kinds input').nth(1).check()
      await page.locator('.make .primary').click()
      await page.locator('.make a[data-host]').waitFor()
    }),
  },
  {
    name: 'play-voice',
    open: asClient(
      'play',
      async (page) => {
        await page.locator('.kinds input').last().check()
        await page.locator('.make .primary').click()
        await page.locator('.make input[type=file]').waitFor()
        await page.locator('.make input.grow').fill('12*7')
        await page.keyboard.press('Enter')
        // The tokens of a turn come after all of its text.
        await page.locator('.make section > .muted').waitFor()
      },
      { requests_per_minute: 60 },
    ),
  },
  { name: 'usage', open: asClient('usage', (page) => page.locator('.chart').first().waitFor()) },
  { name: 'overview', open: asOperator('overview', (page) => page.locator('.chart').first().waitFor()) },
  { name: 'keys', open: asOperator('keys', (page) => page.locator('table').waitFor()) },
  {
    name: 'key-form',
    open: asOperator('keys', async (page) => {
      await page.locator('main .primary').first().click()
      await page.getByRole('dialog').waitFor()
      await page.locator('dialog input[type=text]').first().fill('web')
      await page.locator('dialog textarea').first().fill('qwen-*')
      await page.locator('dialog aside pre').last().waitFor()
    }),
  },
  {
    name: 'requests',
    open: async (stage, view) => {
      const opened = await stage.open('#/doctor', view)
      await serveRows(opened.page, fakeRows(200))
      await opened.page.goto(`${stage.address}/console/#/requests?session=${await stage.session()}`)
      await opened.page.locator('.virtual-row').first().waitFor()
      return opened
    },
  },
  { name: 'jobs', open: asClient('jobs', (page) => page.locator('main .muted').first().waitFor()) },
  { name: 'hooks', open: asOperator('hooks', (page) => page.locator('main .muted').first().waitFor()) },
  { name: 'api', open: asClient('api', (page) => page.locator('.operation').first().waitFor()) },
  { name: 'doctor', open: asOperator('doctor', (page) => page.locator('.findings').waitFor()) },
]

async function converse(page: Page): Promise<void> {
  const box = page.locator('.composer textarea')
  await box.fill('12*7')
  await page.keyboard.press('Control+Enter')
  await page.locator('.figures').first().waitFor()
}
