import assert from 'node:assert/strict'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { streamBack } from '../inert.ts'
import { LONG_QUESTION, lastReply, send, setModel, withPage, withPlayground } from '../playground.ts'

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
        await page.getByLabel('temperature').fill('')
        await setModel(page, 'qwen-turbo')
        await page.evaluate((hash) => {
          location.hash = hash
        }, new URL(link).hash)
        await until('the set-up', async () => (await page.getByLabel('temperature').inputValue()) === '0.3')
        assert.equal(await page.getByLabel('Model', { exact: true }).inputValue(), 'qwen-max')
      })
    },
  ],
  [
    'raw events show every frame with its time, and the headers of request and response without the key',
    (stage) =>
      withPlayground(stage, async (page, key) => {
        await send(page, '12*7')
        await lastReply(page)
        await page.getByRole('button', { name: 'Raw events' }).click()
        const text = await page.getByRole('dialog').innerText()
        assert.match(text, /x-edge-request-id/)
        assert.match(text, /\[DONE\]/)
        assert.match(text, /content-type: application\/json\nauthorization: Bearer •+\n/)
        assert.ok(!text.includes(key.slice(4)), 'The key is in the view.')
      }),
  ],
  [
    'a product is shown with its asterisk, and emphasis without, wherever the stream is cut',
    (stage) =>
      withPlayground(stage, async (page) => {
        for (let size = 1; size < 8; size++) {
          await streamBack(page, 'So 12*7 = 84, 1*2*3 = 6, `3*4` and *at 5*', size)
          await send(page, 'go')
          assert.equal(await lastReply(page), 'So 12*7 = 84, 1*2*3 = 6, 3*4 and at 5', `cut at ${size}`)
          await page.getByRole('button', { name: 'New conversation' }).click()
        }
      }),
  ],
  [
    'the newest answer is in view above the message box, until the reader scrolls up',
    (stage) =>
      withPlayground(stage, async (page) => {
        const covered = () =>
          page.evaluate(() => {
            const [turns, composer] = [document.querySelector('.turns'), document.querySelector('.composer')]
            return (
              Number(turns?.getBoundingClientRect().bottom) - Number(composer?.getBoundingClientRect().top)
            )
          })
        for (let turn = 0; turn < 5; turn++) {
          await send(page, LONG_QUESTION)
          await lastReply(page)
          await until('the end of the answer', async () => (await covered()) <= 0)
        }
        await setModel(page, 'fault-trickle-200')
        await page.mouse.wheel(0, -1000)
        await until('the scroll', async () => (await covered()) > 160)
        await send(page, LONG_QUESTION)
        await until('the new turn', async () => (await covered()) <= 0)
        await page.mouse.wheel(0, -1000)
        await until('the scroll', async () => (await covered()) > 160)
        await lastReply(page)
        assert.ok((await covered()) > 160, 'The page was scrolled away from what is read.')
      }),
  ],
]
