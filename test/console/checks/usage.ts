import assert from 'node:assert/strict'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { withPage } from '../playground.ts'

/** What the bearer of a key sees of it. */
export const usageChecks: readonly Check[] = [
  [
    '9 what is left equals the RateLimit headers, and a session token sees no usage',
    async (stage) => {
      const { key } = await stage.issueKey({ limits: { requests_per_minute: 60 } })
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ model: 'qwen-plus', messages: [{ role: 'user', content: '1+1' }] })
      const call = await fetch(`${stage.address}/compatible-mode/v1/chat/completions`, {
        method: 'POST',
        headers,
        body,
      })
      await call.text()
      const left = /;r=(\d+)/.exec(call.headers.get('ratelimit') ?? '')?.[1]
      await withPage(await stage.open(`#/usage?key=${key}`), async (page) => {
        const limit = page.locator('.limit', { hasText: `${left} / 60` })
        assert.equal(await limit.locator('meter').getAttribute('value'), left)
        await page.getByRole('heading', { name: 'Snippets' }).waitFor()
      })
      const minted = await fetch(`${stage.address}/edge/tokens`, { method: 'POST', headers, body: '{}' })
      const { token } = (await minted.json()) as { token: string }
      await withPage(await stage.open(`#/usage?key=${token}`), async (page) => {
        await page.getByText('Session tokens may not read usage.').waitFor()
      })
    },
  ],
  [
    '12 the CSV of the page equals that of the API',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/usage?key=${key}`), async (page) => {
        await page.locator('.chart').first().waitFor()
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: 'CSV' }).click(),
        ])
        const chunks: Buffer[] = []
        for await (const chunk of await file.createReadStream()) chunks.push(Buffer.from(chunk))
        const day = (before: number) => new Date(Date.now() - before * 86_400_000).toISOString().slice(0, 10)
        const response = await fetch(
          `${stage.address}/edge/usage?from=${day(29)}&to=${day(0)}&group_by=day,model&format=csv`,
          { headers: { authorization: `Bearer ${key}` } },
        )
        assert.equal(Buffer.concat(chunks).toString(), await response.text())
      })
    },
  ],
  [
    'a key that is cut short, foreign or unknown is refused at the door in words',
    async (stage) => {
      await withPage(await stage.open('#/usage'), async (page) => {
        const field = page.getByLabel('Client key', { exact: true }).last()
        await field.fill('dse_short')
        await page.getByText('The key is cut short. Copy it again.').waitFor()
        await field.fill('sk-foreign')
        await page.getByText('This is not a key of this gateway.').waitFor()
        await field.fill(`dse_${'0'.repeat(38)}`)
        await page.getByRole('button', { name: 'Open', exact: true }).click()
        await page.locator('.failure', { hasText: '401' }).waitFor()
        const { key } = await stage.issueKey()
        await field.fill(key)
        await page.getByRole('button', { name: 'Open', exact: true }).click()
        await page.getByRole('heading', { name: 'My usage' }).waitFor()
      })
    },
  ],
  [
    'a key that is remembered in the tab survives a reload, and no other does',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/usage?key=${key}`), async (page) => {
        await page.getByRole('heading', { name: 'Snippets' }).waitFor()
        await page.reload()
        await page.locator('form.door').waitFor()
        await page.getByLabel('Client key', { exact: true }).last().fill(key)
        await page.getByLabel('Remember in this tab').check()
        await page.getByRole('button', { name: 'Open', exact: true }).click()
        await page.getByRole('heading', { name: 'Snippets' }).waitFor()
        await page.reload()
        await page.getByRole('heading', { name: 'Snippets' }).waitFor()
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.locator('form.door').waitFor()
        await until('an empty storage', () => page.evaluate(() => sessionStorage.length === 0))
      })
    },
  ],
]
