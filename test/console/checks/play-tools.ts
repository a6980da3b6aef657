import assert from 'node:assert/strict'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { lastAnswer, send, setModel, withPage, withPlayground } from '../playground.ts'

/** What surrounds a conversation in the playground: comparing, sharing, looking at the wire, and the browser client. */
export const playToolChecks: readonly Check[] = [
  [
    'models are compared side by side, each with its own figures',
    (stage) =>
      withPlayground(stage, async (page) => {
        await page.getByRole('button', { name: '+Compare' }).click()
        await page.getByLabel('Model 2').fill('qwen-max')
        await send(page, '12*7')
        await until('two answers', async () => (await page.locator('.figures').count()) === 2)
        assert.deepEqual(await page.locator('.from-model > h2').allInnerTexts(), ['qwen-plus', 'qwen-max'])
      }),
  ],
  [
    'a set-up is shared by a link that holds no key',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/play?key=${key}`), async (page) => {
        await setModel(page, 'qwen-max')
        await page.getByLabel('temperature').fill('0.3')
        await page.getByRole('button', { name: 'Copy a link to this set-up' }).click()
        const link = await page.evaluate(() => navigator.clipboard.readText())
        assert.ok(!link.includes(key))
        await page.evaluate((hash) => {
          location.hash = hash
        }, new URL(link).hash)
        await until('the set-up', async () => (await page.getByLabel('temperature').inputValue()) === '0.3')
        assert.equal(await page.getByLabel('Model', { exact: true }).inputValue(), 'qwen-max')
      })
    },
  ],
  [
    'raw events show every frame with its time, and the response headers',
    (stage) =>
      withPlayground(stage, async (page) => {
        await send(page, '12*7')
        await lastAnswer(page)
        await page.getByRole('button', { name: 'Raw events' }).click()
        const dialog = page.getByRole('dialog')
        assert.match(await dialog.innerText(), /x-edge-request-id/)
        assert.match(await dialog.innerText(), /\[DONE\]/)
      }),
  ],
  [
    'client.js mints a token, renews it once for all, streams, and throws the error of the gateway',
    async (stage) => {
      const { key } = await stage.issueKey({ models: ['qwen-*', 'fault-*'] })
      await withPage(await stage.open('#/api'), async (page) => {
        const seen = await page.evaluate(
          async ([gateway = '', secret = '']) => {
            const { createClient } = await import(`${gateway}/console/client.js`)
            const token = async () => {
              const headers = { authorization: `Bearer ${secret}` }
              return (await fetch(`${gateway}/edge/tokens`, { method: 'POST', headers })).json()
            }
            const client = createClient({ gateway, token })
            const read = async (model: string) => {
              const body = { model, messages: [{ role: 'user', content: '12*7' }] }
              let text = ''
              for await (const event of client.stream('/compatible-mode/v1/chat/completions', body)) {
                text += event.choices[0]?.delta?.content ?? ''
              }
              return text
            }
            const answer = await read('qwen-plus')
            const refused = await read('gpt-4o').catch((error: Error) => error.message)
            const broken = await read('fault-cut-between').catch((error: Error) => error.name)
            const [one, other] = await Promise.all([client.token(), client.token()])
            return { answer, refused, broken, isSame: one === other }
          },
          [stage.address, key],
        )
        assert.match(seen.answer, /84/)
        assert.match(seen.refused, /gpt-4o/)
        assert.equal(seen.broken, 'GatewayError')
        assert.ok(seen.isSame)
      })
    },
  ],
]
