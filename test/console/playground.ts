import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import type { ConsolePage, Stage } from './stage.ts'

/** Opens the playground with a new key and runs a check in it; what the page must never do fails the check. */
export async function withPlayground(
  stage: Stage,
  work: (page: Page, key: string) => Promise<void>,
  fields: Record<string, unknown> = {},
): Promise<void> {
  const { key } = await stage.issueKey(fields)
  await withPage(await stage.open(`#/play?key=${key}`), (page) => work(page, key))
}

/** Runs a check in a page, closes it, and fails for every fault. */
export async function withPage(opened: ConsolePage, work: (page: Page) => Promise<void>): Promise<void> {
  try {
    await work(opened.page)
    assert.deepEqual(opened.faults, [])
  } finally {
    await opened.close()
  }
}

/** Enough to be answered for a while. */
export const LONG_QUESTION = 'one two three four five six seven eight nine ten '.repeat(10)

/** The label of the message box in both languages. */
const MESSAGE_BOX = /^(?:Message|消息)$/

/** Sends a message by keyboard, as a person does. */
export async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel(MESSAGE_BOX).fill(text)
  await page.keyboard.press('Control+Enter')
}

/** Waits until nothing comes any more, and gives the text of the last answer. */
export async function lastReply(page: Page): Promise<string> {
  await page.locator('.turn:last-of-type .from-model .figures').last().waitFor()
  // The text of a turn that was never painted is empty (`content-visibility`).
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))))
  return page.locator('.turn:last-of-type .from-model .markdown').last().innerText()
}

export async function setModel(page: Page, model: string): Promise<void> {
  await page.getByLabel('Model', { exact: true }).fill(model)
}

export async function chooseApi(page: Page, name: string): Promise<void> {
  await page.getByRole('radio', { name, exact: true }).check()
}
