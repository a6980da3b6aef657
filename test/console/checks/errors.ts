import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Check } from '../check.ts'
import { LONG_QUESTION, lastReply, send, setModel, withPage, withPlayground } from '../playground.ts'

/** A row of the table of errors in docs/errors.md. */
const ROW = /^\| `(\w+)`\s*\| (\d{3})\s*\| `[^`]+`\s*\| `([^`]+)`/gm

/** How errors are shown. */
export const errorChecks: readonly Check[] = [
  [
    '6 errors are shown in the words of the gateway, with a countdown after a 429',
    async (stage) => {
      await withPlayground(
        stage,
        async (page) => {
          await setModel(page, 'gpt-4o')
          await send(page, 'Hi')
          await page.locator('.failure', { hasText: 'gpt-4o' }).waitFor()
          await page.getByRole('button', { name: 'Why was this refused?' }).click()
          await page.locator('.notice code', { hasText: /^models$/ }).waitFor()
          await page.getByText('This field of the key refuses the request.').waitFor()
          await setModel(page, 'qwen-plus')
          await send(page, '1+1')
          await lastReply(page)
          await send(page, '2+2')
          await page.locator('.failure', { hasText: '429' }).last().waitFor()
          await page
            .getByText(/Try again in \d+ s\./)
            .last()
            .waitFor()
          await page.getByRole('button', { name: 'Why was this refused?' }).last().click()
          await page.getByText('0 of 2 left.').waitFor()
        },
        { models: ['qwen-*'], limits: { requests_per_minute: 2 } },
      )
      await withPlayground(stage, async (page) => {
        await setModel(page, 'fault-cut-between')
        await send(page, LONG_QUESTION)
        await page.getByText('The answer broke off and is incomplete.').waitFor()
      })
    },
  ],
  [
    '6 each error of the table is shown in both languages, with its status, its code and the sentence of the gateway',
    async (stage) => {
      const rows = [...(await readFile('docs/errors.md', 'utf8')).matchAll(ROW)]
      assert.ok(rows.length > 15, `${rows.length} rows`)
      const { key } = await stage.issueKey()
      for (const language of ['en', 'zh'] as const) {
        await withPage(await stage.open(`#/play?key=${key}`, { language }), async (page) => {
          for (const [, reason, status, code] of rows) {
            const message = `The sentence of ${reason}: do this.`
            await page.unroute('**/chat/completions')
            await page.route('**/chat/completions', (route) =>
              route.fulfill({
                status: Number(status),
                headers: { 'retry-after': '7', 'x-edge-request-id': `id-${reason}` },
                json: { error: { message, type: code, param: null, code }, request_id: 'r' },
              }),
            )
            await send(page, 'Hi')
            const failure = page.locator('.failure', { hasText: message })
            await failure.waitFor()
            const shown = await failure.innerText()
            for (const part of [status, code, `id-${reason}`]) assert.ok(shown.includes(part ?? ''), shown)
            if (status === '429')
              await page
                .getByText(/\d+ (?:s\.|秒后重试。)/)
                .last()
                .waitFor()
          }
        })
      }
    },
  ],
]
