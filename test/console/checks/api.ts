import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { withPage } from '../playground.ts'

/** The reference of the API. */
export const apiChecks: readonly Check[] = [
  [
    'every operation of the API page opens with its responses, errors and examples',
    async (stage) => {
      await withPage(await stage.open('#/api'), async (page) => {
        const operations = page.locator('.operation')
        await operations.first().waitFor()
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true
        })
        await until('all of them', async () => {
          const open = await operations.filter({ has: page.getByRole('heading', { name: 'Errors' }) }).count()
          return open === (await operations.count())
        })
        const broken = await operations.filter({ hasText: /undefined|\[object Object\]/ }).count()
        assert.equal(broken, 0)
        const without = operations.filter({ hasNot: page.getByRole('heading', { name: /^Response 2/ }) })
        assert.equal(await without.count(), 0)
      })
    },
  ],
  [
    'a schema unfolds to its members, an example of a request and of its response is shown',
    async (stage) => {
      await withPage(await stage.open('#/api'), async (page) => {
        const chat = await operation(page, 'POST /compatible-mode/v1/chat/completions')
        await chat.locator('.tree summary', { hasText: 'messages' }).first().click()
        await chat.locator('.tree .tree', { hasText: 'role' }).first().getByText('required').waitFor()
        const examples = await chat.locator('pre').allInnerTexts()
        assert.deepEqual(JSON.parse(examples[0] ?? '').messages, [{ role: 'user', content: 'Who are you?' }])
        assert.equal(JSON.parse(examples[1] ?? '').object, 'chat.completion')
        await page.getByRole('heading', { name: 'OpenAI' }).waitFor()
        await page.getByLabel('Filter').fill('no such operation')
        await page.getByText('No matching operation.').waitFor()
      })
    },
  ],
  [
    'an operation is tried with the credential of the page, and one of the operator asks for theirs',
    async (stage) => {
      const { key, id } = await stage.issueKey({ name: 'trying' })
      await withPage(await stage.open(`#/api?key=${key}`), async (page) => {
        const me = await operation(page, 'GET /edge/me')
        await me.getByRole('button', { name: 'Send' }).click()
        await me.locator('pre', { hasText: /^200 · [\s\S]*"name": "trying"/ }).waitFor()
        const chat = await operation(page, 'POST /compatible-mode/v1/chat/completions')
        await chat.getByRole('button', { name: 'Send' }).click()
        await chat.locator('pre', { hasText: /^200 · [\s\S]*"chat.completion"/ }).waitFor()
        const keys = await operation(page, 'GET /edge/keys/{id}')
        await keys.getByText('Sign in with ADMIN_TOKEN').waitFor()
        assert.ok(await keys.getByRole('button', { name: 'Send' }).isDisabled())
      })
      await withPage(await stage.open(`#/api?session=${await stage.session('read')}`), async (page) => {
        const one = await operation(page, 'GET /edge/keys/{id}')
        await one.getByLabel('id').fill(id)
        await one.getByRole('button', { name: 'Send' }).click()
        await one.locator('pre', { hasText: '"name": "trying"' }).waitFor()
        const gone = await operation(page, 'DELETE /edge/keys/{id}')
        await gone.getByLabel('id').fill(id)
        await gone.getByRole('button', { name: 'Send' }).click()
        await gone.locator('pre', { hasText: /^403 ·/ }).waitFor()
      })
    },
  ],
]

/** Opens an operation and gives its part of the page. */
async function operation(page: Page, name: string) {
  const found = page.locator('.operation').filter({ has: page.getByText(name, { exact: true }).first() })
  await found.locator('summary').first().click()
  return found
}
