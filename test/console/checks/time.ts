import assert from 'node:assert/strict'
import { signClaims } from '../../../src/auth/signed.ts'
import { deriveTokenKeys } from '../../../src/auth/token-key.ts'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { send, withPage } from '../playground.ts'

const CHAT = '/compatible-mode/v1/chat/completions'

/** A poor mobile network: bytes a second, and milliseconds until the first. */
const SLOW = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 20_000 }

/** Time that passes, time that it takes, and time elsewhere. */
export const timeChecks: readonly Check[] = [
  [
    '7 half an hour after its start a session ends by itself, without a request',
    async (stage) => {
      const opened = await stage.open('#/doctor')
      const { page } = opened
      await withPage(opened, async () => {
        await page.clock.install()
        await page.goto(`${stage.address}/console/#/keys?session=${await stage.session()}`)
        await page.locator('table').waitFor()
        await page.clock.runFor('29:00')
        assert.ok(await page.locator('table').isVisible())
        await page.clock.runFor('01:05')
        await page.getByText('The session has ended. Sign in again.').waitFor()
      })
    },
  ],
  [
    '7 a session that the gateway finds expired leads to the door, whatever the clock of the page says',
    async (stage) => {
      const seconds = Math.floor(Date.now() / 1000)
      const claims = { v: 1, id: 'ses_expiring', iss: stage.address, exp: seconds - 1, scope: 'all' }
      const keys = deriveTokenKeys(stage.adminToken, undefined)
      const session = signClaims('dso_', { ...claims, page: stage.address }, keys)
      const opened = await stage.open('#/doctor')
      const { page } = opened
      await withPage(opened, async () => {
        await page.clock.setFixedTime((seconds - 600) * 1000)
        await page.goto(`${stage.address}/console/#/keys?session=${session}`)
        await page.getByText('The session has ended. Sign in again.').waitFor()
      })
    },
  ],
  [
    'a slow network shows that the page comes, then that its data come, and loses nothing',
    async (stage) => {
      const { key } = await stage.issueKey()
      const opened = await stage.open('#/doctor')
      const { page } = opened
      page.setDefaultTimeout(60_000)
      const devTools = await page.context().newCDPSession(page)
      await devTools.send('Network.enable')
      await devTools.send('Network.setCacheDisabled', { cacheDisabled: true })
      await devTools.send('Network.emulateNetworkConditions', SLOW)
      await withPage(opened, async () => {
        await page.goto(`${stage.address}/console/?slow#/usage?key=${key}`, { waitUntil: 'commit' })
        await page.getByText('Loading… 正在加载…').waitFor()
        await page.locator('.skeleton[aria-busy=true]').first().waitFor()
        await page.getByRole('heading', { name: 'Snippets' }).waitFor()
        await page.getByRole('link', { name: 'Playground' }).click()
        await page.locator('p[aria-busy=true]', { hasText: 'Loading…' }).waitFor()
        await page.getByLabel('Message', { exact: true }).waitFor()
        await send(page, '12*7')
        await page.getByText(/^Waiting for the first byte/).waitFor()
        await page.locator('.from-model .markdown', { hasText: '84' }).waitFor()
      })
    },
  ],
  [
    'days and hours of another billing time zone are those of the reports of usage',
    async (stage) => {
      // Where it is another day than in UTC: 14 hours ahead, or 10 behind.
      const zone = new Date().getUTCHours() >= 10 ? 'Pacific/Kiritimati' : 'Pacific/Honolulu'
      const gateway = await stage.another({ hasUpstream: true, variables: { BILLING_TIME_ZONE: zone } })
      const { key } = await gateway.issueKey()
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ model: 'qwen-plus', messages: [{ role: 'user', content: '1+1' }] })
      await (await fetch(gateway.address + CHAT, { method: 'POST', headers, body })).text()
      const rowsBy = async (unit: 'day' | 'hour') => {
        const response = await fetch(`${gateway.address}/edge/usage?group_by=${unit}`, { headers })
        return ((await response.json()) as { rows: Record<typeof unit, string>[] }).rows
      }
      await until('the usage', async () => (await rowsBy('hour')).length > 0)
      const [{ day } = { day: '' }] = await rowsBy('day')
      const [{ hour } = { hour: '' }] = await rowsBy('hour')
      assert.notEqual(day, new Date().toISOString().slice(0, 10))
      assert.equal(hour, new Date().toISOString().slice(0, 13))
      const local = new Intl.DateTimeFormat('sv', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'short',
      }).format(Date.parse(`${hour}:00Z`))
      assert.equal(local.slice(0, 10), day)
      await withPage(await stage.openAt(gateway.address, `#/usage?key=${key}`), async (page) => {
        await page.getByText(`Days begin in the time zone ${zone}.`).waitFor()
        const chart = page.locator('.chart').first()
        const values = chart.locator('.chart-values')
        const last = chart.locator('.grid > text').last()
        assert.equal(await last.textContent(), day.slice(5))
        await chart.locator('svg').press('End')
        assert.match(await values.innerText(), new RegExp(`^${day}\\s*qwen-plus 1$`))
        for (const range of ['Today', '24 hours']) {
          await page.getByRole('radio', { name: range }).check()
          await until(range, async () => (await last.textContent()) === local.slice(11))
          await chart.locator('svg').press('End')
          assert.match(
            await values.innerText(),
            new RegExp(`^${local.slice(0, 13).replace(' ', 'T')}\\s*qwen-plus 1$`),
          )
        }
      })
      await gateway.stop()
    },
  ],
]
