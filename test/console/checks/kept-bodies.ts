import assert from 'node:assert/strict'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { withPage } from '../playground.ts'

/** Requests whose bodies the gateway keeps. */
export const keptBodyChecks: readonly Check[] = [
  [
    '10 a request whose body is kept is shown with its answer, and opened in the playground by another tab',
    async (stage) => {
      const keeping = await stage.another({ hasUpstream: true, variables: { LOG_BODIES: 'on' } })
      try {
        const { key } = await keeping.issueKey({ log_bodies: true })
        const messages = [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: '3*4' },
          { role: 'assistant', content: 'That is 12.' },
          { role: 'user', content: '12*7' },
        ]
        for (const stream of [false, true]) {
          const response = await fetch(`${keeping.address}/compatible-mode/v1/chat/completions`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${key}`,
              'content-type': 'application/json',
              'cache-control': 'no-store',
            },
            body: JSON.stringify({ model: 'qwen-max', messages, temperature: 0.5, stream }),
          })
          assert.match(await response.text(), /84/)
        }
        await withPage(await stage.openAt(keeping.address, `#/requests?key=${key}`), async (page) => {
          const rows = page.getByRole('table', { name: 'Requests' }).locator('.virtual-row')
          for (const row of [0, 1]) {
            await page.getByRole('link', { name: 'Requests', exact: true }).click()
            await until('both requests are logged', async () => {
              await page.getByLabel('Status').selectOption({ label: 'Success' })
              await page.getByLabel('Status').selectOption({ label: 'All' })
              return (await rows.filter({ hasText: 'qwen-max' }).filter({ hasText: '¶' }).count()) === 2
            })
            await rows.filter({ hasText: 'qwen-max' }).nth(row).getByRole('link').click()
            const dialog = page.getByRole('dialog')
            await dialog.getByRole('heading', { name: 'Answer' }).waitFor()
            await dialog.locator('pre', { hasText: 'Be brief.' }).waitFor()
            await dialog.getByRole('link', { name: 'Open in playground' }).click()
            await page.locator('.turn .from-model .markdown', { hasText: 'That is 12.' }).waitFor()
            await page.locator('.turn .from-model .markdown', { hasText: '12*7 = 84' }).waitFor()
            assert.equal(await page.locator('.turn .from-user .typed').count(), 2)
            assert.equal(await page.getByLabel('System prompt').inputValue(), 'Be brief.')
            assert.equal(await page.getByLabel('temperature').inputValue(), '0.5')
          }
        })
      } finally {
        await keeping.stop()
      }
    },
  ],
]
