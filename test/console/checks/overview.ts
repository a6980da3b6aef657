import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { withPage } from '../playground.ts'
import type { Stage } from '../stage.ts'

/** What the operator sees of all keys: on a gateway of its own, as a report over many keys lags. */
export const overviewChecks: readonly Check[] = [
  [
    'an overview without requests shows the command of a first one',
    (stage) =>
      withGateway(stage, async ({ address, session }) => {
        const opened = await stage.openAt(address, `#/overview?session=${await session()}`)
        const command = `curl -N ${address}/compatible-mode/v1/chat/completions`
        await withPage(opened, (page) => page.locator('pre', { hasText: command }).waitFor())
      }),
  ],
  [
    'the overview shows what keys use, by model and by key',
    (stage) =>
      withGateway(stage, async ({ address, issueKey, session }) => {
        const { id, key } = await issueKey({ name: 'seen in the overview' })
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
        const body = JSON.stringify({ model: 'qwen-max', messages: [{ role: 'user', content: '5*5' }] })
        const path = '/compatible-mode/v1/chat/completions'
        await (await fetch(address + path, { method: 'POST', headers, body })).text()
        await until('the request is counted', async () => {
          const response = await fetch(`${address}/edge/usage?key=${id}`, { headers })
          return ((await response.json()) as { total: { requests: number } }).total.requests === 1
        })
        const opened = await stage.openAt(address, `#/overview?session=${await session('read')}`)
        await withPage(opened, async (page) => {
          await page.locator('.chart', { hasText: 'qwen-max' }).first().waitFor()
          await page.locator('td, th', { hasText: 'seen in the overview' }).first().waitFor()
          await page
            .locator('.card', { hasText: 'First byte p50 / p99' })
            .getByText(/^\d.* \/ \d/)
            .first()
            .waitFor()
          await page.getByRole('radio', { name: 'Table' }).check()
          await page.locator('table th', { hasText: 'qwen-max' }).first().waitFor()
          const top = page.locator('section', {
            has: page.getByRole('heading', { name: 'Top', exact: true }),
          })
          await top.getByRole('radio', { name: 'Model' }).check()
          await top.locator('tbody th', { hasText: 'qwen-max' }).waitFor()
          const [file] = await Promise.all([
            page.waitForEvent('download'),
            top.getByRole('button', { name: 'CSV' }).click(),
          ])
          assert.match(
            await readFile(await file.path(), 'utf8'),
            /^day,model,requests,.*\r\n(?:.*\r\n)*.*qwen-max/,
          )
        })
      }),
  ],
]

type Gateway = Awaited<ReturnType<Stage['another']>>

async function withGateway(stage: Stage, work: (gateway: Gateway) => Promise<void>): Promise<void> {
  const gateway = await stage.another({ hasUpstream: true })
  try {
    await work(gateway)
  } finally {
    await gateway.stop()
  }
}
