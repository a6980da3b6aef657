import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { EXAMPLE_TOOLS } from '../../../console/src/play/setup.ts'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { assertInert } from '../inert.ts'
import { lastReply, withPage } from '../playground.ts'
import type { Stage } from '../stage.ts'

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A gateway that keeps bodies, and a key whose bodies it keeps. */
async function withKeeping(
  stage: Stage,
  work: (address: string, ask: (body: object) => Promise<string>, key: string) => Promise<void>,
): Promise<void> {
  const keeping = await stage.another({ hasUpstream: true, variables: { LOG_BODIES: 'on' } })
  try {
    const { key } = await keeping.issueKey({ log_bodies: true })
    const ask = async (body: object) => {
      const response = await fetch(`${keeping.address}/compatible-mode/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'cache-control': 'no-store',
        },
        body: JSON.stringify(body),
      })
      return response.text()
    }
    await work(keeping.address, ask, key)
  } finally {
    await keeping.stop()
  }
}

/** Opens a logged request of a model; there must be `count` of them with a body. */
async function openDetail(page: Page, model: string, { row, count }: { row: number; count: number }) {
  const rows = page.getByRole('table', { name: 'Requests' }).locator('.virtual-row', { hasText: model })
  await page.getByRole('link', { name: 'Requests', exact: true }).click()
  await until('the requests are logged', async () => {
    await page.getByLabel('Status').selectOption({ label: 'Success' })
    await page.getByLabel('Status').selectOption({ label: 'All' })
    return (await rows.filter({ hasText: '¶' }).count()) === count
  })
  await rows.nth(row).getByRole('link').click()
  return page.getByRole('dialog')
}

/** Requests whose bodies the gateway keeps. */
export const keptBodyChecks: readonly Check[] = [
  [
    '10 a request whose body is kept is shown with its answer, and opened in the playground by another tab',
    (stage) =>
      withKeeping(stage, async (address, ask, key) => {
        const messages = [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: '3*4' },
          { role: 'assistant', content: 'That is 12.' },
          { role: 'user', content: '12*7' },
        ]
        for (const stream of [false, true]) {
          assert.match(await ask({ model: 'qwen-max', messages, temperature: 0.5, stream }), /84/)
        }
        await withPage(await stage.openAt(address, `#/requests?key=${key}`), async (page) => {
          for (const row of [0, 1]) {
            const dialog = await openDetail(page, 'qwen-max', { row, count: 2 })
            await dialog.getByRole('heading', { name: 'Answer' }).waitFor()
            await dialog.locator('pre', { hasText: 'Be brief.' }).waitFor()
            await dialog.getByRole('link', { name: 'Open in playground' }).click()
            await page.locator('.turn .from-model .markdown', { hasText: 'That is 12.' }).waitFor()
            await page.locator('.turn .from-model .markdown', { hasText: '12*7 = 84' }).waitFor()
            assert.equal(await page.locator('.turn .from-user .typed').count(), 2)
            assert.equal(await page.getByLabel('System prompt').inputValue(), 'Be brief.')
            assert.equal(await page.getByLabel('temperature').inputValue(), '0.5')
            assert.equal(await page.locator('.notice').count(), 0)
          }
        })
      }),
  ],
  [
    '10 a kept request opens with pictures, tools and settings, names what it left out, and is sent again as it was',
    (stage) =>
      withKeeping(stage, async (address, ask, key) => {
        const pictures = [PIXEL, 'https://pictures.example/a.png', 'javascript:hacked=1']
        const call = { name: 'get_weather', arguments: '{"city":"Hangzhou"}' }
        const body = {
          model: 'qwen-vl-plus',
          messages: [
            {
              role: 'user',
              content: [
                ...pictures.map((url) => ({ type: 'image_url', image_url: { url } })),
                { type: 'text', text: 'What is the weather there, as JSON?' },
              ],
            },
            {
              role: 'assistant',
              content: '',
              tool_calls: [{ id: 'call_1', type: 'function', function: call }],
            },
            { role: 'tool', tool_call_id: 'call_1', content: 'Sunny, 23 degrees' },
          ],
          n: 2,
          enable_thinking: false,
          enable_search: true,
          tools: JSON.parse(EXAMPLE_TOOLS),
          tool_choice: 'none',
          response_format: { type: 'json_object' },
        }
        assert.match(await ask({ ...body, user: 'Ann', stop: ['Moon'] }), /Sunny/)
        await withPage(await stage.openAt(address, `#/requests?key=${key}`), async (page) => {
          const dialog = await openDetail(page, 'qwen-vl-plus', { row: 0, count: 1 })
          await dialog.getByRole('link', { name: 'Open in playground' }).click()
          assert.match(await lastOf(page), /Sunny/)
          assert.equal(await page.locator('.from-user img').getAttribute('src'), PIXEL)
          await page.getByRole('link', { name: 'Image not loaded: pictures.example' }).waitFor()
          await page.getByText('Image not loaded: javascript:hacked=1').click()
          await assertInert(page)
          await page.getByRole('heading', { name: 'Calls get_weather' }).waitFor()
          await page.getByRole('heading', { name: 'Result of get_weather' }).waitFor()
          assert.equal(await page.getByLabel('tool_choice').inputValue(), 'none')
          await page.getByText('These fields are not offered here and were left out: user, stop.').waitFor()
          assert.equal(await page.locator('.turn:last-of-type .reply-choice').count(), 2)
          await page.locator('.turn:last-of-type').getByRole('button', { name: 'Past the cache' }).click()
          await until(
            'the request',
            async () => (await stage.calls()).at(-1)?.body.includes('qwen-vl') ?? false,
          )
          await lastReply(page)
          assert.deepEqual(JSON.parse((await stage.calls()).at(-1)?.body ?? ''), body)
          await page.getByRole('button', { name: 'Edit' }).first().click()
          assert.equal(await page.locator('.chips li', { hasText: 'Image' }).count(), 3)
          await page.getByRole('button', { name: 'Send', exact: true }).click()
          await lastReply(page)
          await page.getByRole('button', { name: 'New conversation' }).click()
          assert.equal(await page.locator('.notice').count(), 0)
        })
      }),
  ],
]

/** The text of the last answer, which is there at once. */
async function lastOf(page: Page): Promise<string> {
  const text = page.locator('.turn:last-of-type .markdown').last()
  await text.waitFor()
  return text.innerText()
}
