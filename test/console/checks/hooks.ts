import type { Page } from 'playwright-core'
import type { Check } from '../check.ts'
import { withPage } from '../playground.ts'

/** Inbound hooks and prompt presets. */
export const hookChecks: readonly Check[] = [
  [
    'the operator makes, tests, changes and removes a hook and a preset of a key',
    async (stage) => {
      const { id } = await stage.issueKey({ name: 'bot' })
      await withPage(await stage.open(`#/hooks?key=${id}&session=${await stage.session()}`), makeAll)
    },
  ],
  [
    'a client key with hooks makes, tests, changes and removes its own',
    async (stage) => {
      const { key } = await stage.issueKey({ name: 'own', hooks: true })
      await withPage(await stage.open(`#/hooks?key=${key}`), makeAll)
    },
  ],
]

async function makeAll(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Create hook' }).click()
  await edit(page, (hook) => ({ ...hook, name: 'of the team', secrets: { secret: 'a long random text' } }))
  const row = page.locator('tr', { hasText: 'of the team' })
  await row.getByRole('button', { name: 'Test', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Test', exact: true }).click()
  await dialog.locator('pre', { hasText: 'Hello' }).waitFor()
  await page.keyboard.press('Escape')
  await row.getByRole('button', { name: 'Events' }).click()
  await dialog.getByText('No events yet.').waitFor()
  await page.keyboard.press('Escape')
  await row.getByRole('button', { name: 'Change' }).click()
  await edit(page, (hook) => ({ ...hook, disabled: true }))
  await row.getByText('Disabled', { exact: true }).waitFor()
  await row.getByRole('button', { name: 'Remove' }).click()
  await row.waitFor({ state: 'detached' })

  await page.getByRole('radio', { name: 'Presets' }).check()
  await page.getByRole('button', { name: 'Create preset' }).click()
  await edit(page, (preset) => preset)
  const preset = page.locator('tr', { hasText: 'summary' })
  await preset.getByRole('button', { name: 'Change' }).click()
  await edit(page, (before) => ({ ...before, model: 'qwen-max' }))
  await preset.getByRole('cell', { name: 'qwen-max' }).waitFor()
  await preset.getByRole('button', { name: 'Remove' }).click()
  await preset.waitFor({ state: 'detached' })
}

/** Changes the definition in the dialog and saves it. */
async function edit(page: Page, change: (definition: object) => object): Promise<void> {
  const dialog = page.getByRole('dialog')
  const box = dialog.getByLabel('Definition (JSON)')
  await box.fill(JSON.stringify(change(JSON.parse(await box.inputValue()))))
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
}
