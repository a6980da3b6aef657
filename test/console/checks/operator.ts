import assert from 'node:assert/strict'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { lastReply, send, withPage } from '../playground.ts'
import { fakeRows, serveRows } from '../request-rows.ts'

/** What the operator does. */
export const operatorChecks: readonly Check[] = [
  [
    '7 ADMIN_TOKEN is exchanged for a session that only reads, a wrong one is refused, and signing out ends it',
    async (stage) => {
      await withPage(await stage.open('#/overview'), async (page) => {
        const field = page.getByLabel('ADMIN_TOKEN', { exact: true })
        await field.fill('not-the-admin-token')
        await page.getByRole('button', { name: 'Open', exact: true }).click()
        await page.locator('.failure', { hasText: '401' }).waitFor()
        await field.fill(stage.adminToken)
        await page.getByRole('button', { name: 'Open', exact: true }).click()
        await page.getByRole('heading', { name: 'Overview' }).waitFor()
        await page.getByRole('link', { name: 'Keys' }).click()
        assert.ok(await page.getByRole('button', { name: 'Create key' }).isDisabled())
        await page.getByText('This session only reads.').click()
        await page.getByLabel('ADMIN_TOKEN', { exact: true }).fill(stage.adminToken)
        await page.getByRole('button', { name: 'Allow changes' }).click()
        await page.getByRole('button', { name: 'Create key' }).isEnabled()
        assert.ok(!(await page.content()).includes(stage.adminToken))
      })
    },
  ],
  [
    '7 a session that has ended leads back to the door',
    async (stage) => {
      const session = await stage.session()
      await withPage(await stage.open(`#/keys?session=${session}`), async (page) => {
        await page.getByRole('heading', { name: 'Keys' }).waitFor()
        // A request that is still under way would lead back to the door before the click.
        await page.waitForLoadState('networkidle')
        await fetch(`${stage.address}/edge/session`, {
          method: 'DELETE',
          headers: { authorization: `Bearer ${session}` },
        })
        await page.getByRole('link', { name: 'Doctor' }).click()
        await page.getByText('The session has ended. Sign in again.').waitFor()
      })
    },
  ],
  [
    'where Cloudflare Access signs operators in, one click opens the pages of the operator',
    async (stage) => {
      const token = await stage.session('read')
      const opened = await stage.open('#/doctor')
      const { page } = opened
      await page.route('**/edge/health', (route) => route.fulfill({ json: { status: 'ok', access: true } }))
      await page.route('**/edge/session', (route) => {
        assert.equal(route.request().headers().authorization, undefined)
        return route.fulfill({
          status: 201,
          json: { token, expires_at: new Date(Date.now() + 60_000).toISOString(), scope: 'read' },
        })
      })
      await withPage(opened, async () => {
        await page.reload()
        await page.getByRole('button', { name: 'Sign in with Cloudflare Access' }).click()
        await page.getByRole('heading', { name: 'Doctor' }).waitFor()
      })
    },
  ],
  [
    '8 a key is created, shown once, changed, and revoked by its typed name; a refusal lands at its field',
    async (stage) => {
      await withPage(await stage.open(`#/keys?session=${await stage.session()}`), async (page) => {
        await page.getByRole('button', { name: 'Create key' }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('name', { exact: true }).fill('made in the console')
        await dialog.getByLabel('models', { exact: true }).fill('qwen-*\nqvq-max')
        await dialog.locator('summary', { hasText: /^Limits$/ }).click()
        await dialog.getByLabel('limits.requests_per_minute', { exact: true }).fill('0')
        await dialog.getByRole('button', { name: 'Create', exact: true }).click()
        await dialog
          .locator('.field', { hasText: 'limits.requests_per_minute' })
          .locator('.problem')
          .waitFor()
        await dialog.getByLabel('limits.requests_per_minute', { exact: true }).fill('60')
        const command =
          "npm run edge -- keys create \\ --name='made in the console' \\ --models='qwen-*,qvq-max' \\ --rpm=60"
        await dialog.getByText(command, { exact: true }).waitFor()
        await dialog.getByRole('button', { name: 'Create', exact: true }).click()
        const secret = await page.locator('code.secret').innerText()
        assert.match(secret, /^dse_\w{38}$/)
        await page.getByRole('button', { name: 'I have saved it' }).click()
        const row = page.locator('tr', { hasText: 'made in the console' })
        await row.getByText('requests_per_minute 60').waitFor()
        assert.ok(!(await page.content()).includes(secret), 'The secret is still in the page.')

        await row.getByRole('button', { name: 'Change' }).click()
        await page.getByRole('dialog').getByLabel('models', { exact: true }).fill('')
        assert.match(await page.getByRole('dialog').locator('aside pre').innerText(), /"models": null/)
        await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
        await row.getByRole('cell', { name: 'All', exact: true }).waitFor()

        await row.getByRole('button', { name: 'Revoke' }).click()
        const revoke = page.getByRole('dialog').getByRole('button', { name: 'Revoke' })
        assert.ok(await revoke.isDisabled())
        await page.getByLabel('Type the name to confirm').fill('made in the console')
        await revoke.click()
        await row.waitFor({ state: 'detached' })
      })
    },
  ],
  [
    '8 a cache scope is purged, and a session token is minted',
    async (stage) => {
      const { key } = await stage.issueKey({ name: 'minting', cache: { scope: 'shared' } })
      await stage.issueKey({ name: 'sharing', cache: { scope: 'shared' } })
      await withPage(await stage.open(`#/keys?session=${await stage.session()}`), async (page) => {
        const row = page.locator('tr', { hasText: 'minting' })
        await row.getByRole('button', { name: 'Purge cache' }).click()
        await page.getByText('2 keys share this scope').waitFor()
        await page.getByRole('dialog').getByRole('button', { name: 'Purge cache' }).click()
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        await row.getByRole('button', { name: 'Mint a token' }).click()
        await page.getByRole('dialog').getByLabel('Client key', { exact: true }).fill(key)
        await page.getByRole('dialog').getByRole('button', { name: 'Mint a token' }).click()
        await page.getByRole('dialog').getByText(/^dst_/).waitFor()
      })
    },
  ],
  [
    '10 a filter of requests survives a reload, a request has its own address, and live rows come by one request a poll',
    async (stage) => {
      const opened = await stage.open('#/doctor')
      const served = await serveRows(opened.page, fakeRows(50))
      await withPage(opened, async (page) => {
        const session = await stage.session()
        await page.goto(`${stage.address}/console/#/requests?session=${session}&status=5xx`)
        await page.getByRole('table', { name: 'Requests' }).getByRole('link').first().waitFor()
        assert.equal(await page.getByLabel('Status').inputValue(), '5xx')
        assert.match(served.asked().at(-1) ?? '', /status=5xx/)
        const link = page.getByRole('table', { name: 'Requests' }).getByRole('link').first()
        await link.click()
        assert.match(page.url(), /#\/requests\/req_\d+\?/)
        await page.getByRole('dialog').getByText('singapore').first().waitFor()
        await page.goBack()
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        await page.getByRole('button', { name: 'Live' }).click()
        const before = served.asked().length
        served.add(3)
        await until('a poll', () => served.asked().length > before)
        assert.equal(served.asked().length - before, 1)
        assert.match(served.asked().at(-1) ?? '', /since=49/)
      })
    },
  ],
  [
    '10 a request of this tab is opened again with its conversation, and of others the page says that no body is kept',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/play?key=${key}`), async (page) => {
        await send(page, '12*7')
        await lastReply(page)
        await page.getByRole('link', { name: 'Requests', exact: true }).click()
        const rows = page.getByRole('table', { name: 'Requests' })
        await until('the request is logged', async () => {
          await page.getByLabel('Status').selectOption({ label: 'Success' })
          await page.getByLabel('Status').selectOption({ label: 'All' })
          return (await rows.getByText('qwen-plus').count()) > 0
        })
        await rows.locator('.virtual-row', { hasText: 'qwen-plus' }).getByRole('link').click()
        const dialog = page.getByRole('dialog')
        await dialog.getByText('Only this tab has it.').waitFor()
        await dialog.locator('pre', { hasText: '12*7' }).waitFor()
        await dialog.getByRole('link', { name: 'Open in playground' }).click()
        await page.locator('.turn .from-model .markdown', { hasText: '12*7 = 84' }).waitFor()

        await page.getByRole('link', { name: 'Requests', exact: true }).click()
        await rows.locator('.virtual-row', { hasText: '(models)' }).getByRole('link').click()
        await dialog.getByText('Not kept.').waitFor()
        await dialog.getByText('Only its model is taken over.').waitFor()
      })
    },
  ],
  [
    '11 the doctor shows every finding with what to do',
    async (stage) => {
      await withPage(await stage.open(`#/doctor?session=${await stage.session('read')}`), async (page) => {
        await page.getByText('DASHSCOPE_API_KEY and ADMIN_TOKEN are set.').waitFor()
        await page.route('**/edge/health?deep=1', (route) =>
          route.fulfill({
            json: {
              status: 'broken',
              checked_at: new Date().toISOString(),
              findings: [
                { check: 'dashscope', ok: false, says: 'Beijing refuses the key.', fix: 'Make a new one.' },
              ],
            },
          }),
        )
        await page.getByRole('button', { name: 'Check again' }).click()
        await page.getByText('Beijing refuses the key.').waitFor()
        await page.getByText('→ Make a new one.').waitFor()
      })
    },
  ],
]
