import assert from 'node:assert/strict'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { chooseApi, lastReply, send, withPage, withPlayground } from '../playground.ts'

/** Several choices of one answer, which the parameter `n` asks for. */
export const choiceChecks: readonly Check[] = [
  [
    '4 all choices of an answer are shown apart, streamed or not, and the chosen one continues the conversation',
    async (stage) => {
      for (const api of ['Compatible', 'Native']) {
        for (const isStream of [true, false]) {
          await withPlayground(stage, async (page) => {
            await chooseApi(page, api)
            await page.getByLabel('Stream').setChecked(isStream)
            await page.getByLabel('n', { exact: true }).fill('3')
            await send(page, '12*7')
            await lastReply(page)
            const choices = page.locator('.turn:last-of-type .reply-choice')
            assert.deepEqual(await choices.locator('.markdown').allInnerTexts(), [
              '12*7 = 84',
              '12*7 = 84 answer 2',
              '12*7 = 84 answer 3',
            ])
            assert.deepEqual(await choices.locator('label').allInnerTexts(), [
              'Choice 1 continues the conversation',
              'Choice 2',
              'Choice 3',
            ])
            const asked = JSON.parse((await stage.calls()).at(-1)?.body ?? '{}')
            assert.equal((asked.parameters ?? asked).n, 3)
            await page.getByRole('radio', { name: 'Choice 2' }).check()
            await send(page, '3*4')
            await until('the next answer', async () => (await page.locator('.turn .figures').count()) === 2)
            const { messages, input } = JSON.parse((await stage.calls()).at(-1)?.body ?? '{}')
            const said = (messages ?? input.messages).map(({ content }: { content: string }) => content)
            assert.deepEqual(said, ['12*7', '12*7 = 84 [answer 2]', '3*4'])
            assert.ok(await page.locator('.turn:first-child').getByRole('radio').first().isDisabled())
          })
        }
      }
    },
  ],
  [
    '4 output tokens of all choices are added up, streamed or not',
    (stage) =>
      withPlayground(stage, async (page) => {
        await chooseApi(page, 'Native')
        await page.getByLabel('n', { exact: true }).fill('2')
        await send(page, '12*7')
        await lastReply(page)
        const tokens = async () => (await page.locator('.figures').innerText()).match(/out\s+(\d+)/)?.[1]
        const streamed = await tokens()
        await page.getByLabel('Stream').uncheck()
        // The next figures may appear before anything could see that these are gone.
        await page.locator('.figures').evaluate((element) => element.setAttribute('data-streamed', ''))
        await page.getByRole('button', { name: 'Past the cache' }).click()
        await page.locator('.figures:not([data-streamed])').waitFor()
        await lastReply(page)
        assert.equal(await page.locator('.reply-choice').count(), 2)
        assert.equal(streamed, await tokens())
      }),
  ],
  [
    '4 n is offered where the dialect has it, kept in a link, written in the code, and sent to no other dialect',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/play?key=${key}`), async (page) => {
        await page.getByLabel('n', { exact: true }).fill('2')
        await page.getByRole('button', { name: 'Copy a link to this set-up' }).click()
        const link = await page.evaluate(() => navigator.clipboard.readText())
        await page.getByLabel('n', { exact: true }).fill('')
        await page.evaluate((hash) => {
          location.hash = hash
        }, new URL(link).hash)
        await until(
          'the set-up',
          async () => (await page.getByLabel('n', { exact: true }).inputValue()) === '2',
        )
        await send(page, '12*7')
        await lastReply(page)
        await page.getByRole('button', { name: 'Show as code' }).click()
        const dialog = page.getByRole('dialog')
        for (const [language, line] of [
          ['Python (openai)', /^ {4}n=2,$/m],
          ['Python (dashscope)', /^ {4}n=2,$/m],
          ['Node.js (openai)', /^ {2}"n": 2,?$/m],
        ] as const) {
          await dialog.getByRole('radio', { name: language, exact: true }).check()
          assert.match(await dialog.locator('pre').innerText(), line)
        }
        await page.keyboard.press('Escape')
        for (const api of ['Anthropic', 'Responses']) {
          await chooseApi(page, api)
          assert.equal(await page.getByLabel('n', { exact: true }).count(), 0)
          await send(page, `3*4 in ${api}`)
          await lastReply(page)
          assert.ok(!('n' in JSON.parse((await stage.calls()).at(-1)?.body ?? '{}')), api)
          await page.getByRole('button', { name: 'New conversation' }).click()
        }
      })
    },
  ],
]
