import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { chooseApi, lastAnswer, send, setModel, withPlayground } from '../playground.ts'

/** Frames come this far apart, so that there is time to look at an answer while it comes. */
const TRICKLE = 'fault-trickle-200'
const LONG_QUESTION = 'one two three four five six seven eight nine ten '.repeat(10)

/** A PNG of one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** What a person does in the playground. */
export const playChecks: readonly Check[] = [
  [
    '1 the link of npm start opens the playground, takes the key over and removes it from the address',
    (stage) =>
      withPlayground(stage, async (page) => {
        assert.equal(page.url(), `${stage.address}/console/#/play`)
        await send(page, '12*7')
        assert.match(await lastAnswer(page), /84/)
      }),
  ],
  [
    '2 an answer is shown while it comes, and stopping it reaches DashScope',
    (stage) =>
      withPlayground(stage, async (page) => {
        await setModel(page, TRICKLE)
        await send(page, LONG_QUESTION)
        await until('text of an answer that still comes', async () => {
          const text = await page.locator('.from-model .markdown').innerText()
          return text !== '' && (await page.getByRole('button', { name: 'Stop', exact: true }).isVisible())
        })
        await page.getByRole('button', { name: 'Stop', exact: true }).click()
        await page.getByText('Stopped. What was generated is billed.').waitFor()
        await until('the caller to leave', async () => (await stage.calls()).at(-1)?.outcome === 'left')
      }),
  ],
  [
    '3 a second ask is a hit with its age, and past the cache it is a miss',
    (stage) =>
      withPlayground(stage, async (page) => {
        await page.getByLabel('Stream').uncheck()
        await send(page, '3*4')
        await lastAnswer(page)
        await page.getByRole('button', { name: 'Retry' }).click()
        await until('a hit', async () => (await page.locator('.figures').innerText()).includes('hit'))
        assert.match(await page.locator('.figures').innerText(), /cached .* ago/)
        await page.getByRole('button', { name: 'Past the cache' }).click()
        await until('a miss', async () => (await page.locator('.figures').innerText()).includes('fwd='))
        await page.getByRole('button', { name: 'Only from the cache' }).click()
        await until('a hit again', async () => (await page.locator('.figures').innerText()).includes('hit'))
      }),
  ],
  [
    '4 thinking is folded apart from the answer',
    (stage) =>
      withPlayground(stage, async (page) => {
        await page.getByRole('group', { name: 'Deep thinking' }).getByRole('radio', { name: 'On' }).check()
        await send(page, '12*7')
        await lastAnswer(page)
        const thinking = page.locator('details.thinking')
        assert.equal(await thinking.getAttribute('open'), null)
        await thinking.locator('summary').click()
        assert.notEqual(await thinking.locator('.markdown').innerText(), '')
        const last = (await stage.calls()).at(-1)
        assert.equal(JSON.parse(last?.body ?? '{}').enable_thinking, true)
      }),
  ],
  [
    '4 a tool is called, its result is written by hand and the model quotes it, in every dialect',
    async (stage) => {
      for (const api of ['OpenAI chat', 'DashScope', 'Anthropic', 'OpenAI responses']) {
        await withPlayground(stage, async (page) => {
          await chooseApi(page, api)
          await page.getByRole('button', { name: 'Call a tool' }).click()
          await page.keyboard.press('Tab')
          await page.getByRole('button', { name: 'Send', exact: true }).click()
          await page.getByRole('heading', { name: 'Calls get_weather' }).waitFor()
          await page.getByLabel('Result of get_weather').fill('Sunny, 23 degrees')
          await page.getByRole('button', { name: 'Send the results' }).click()
          await until(`the result in ${api}`, async () =>
            /Sunny/.test(await page.locator('.turns').innerText()),
          )
          assert.match(await lastAnswer(page), /Sunny/, api)
        })
      }
    },
  ],
  [
    '4 structured output and web search are sent, and sources are shown',
    (stage) =>
      withPlayground(stage, async (page) => {
        await chooseApi(page, 'DashScope')
        await page.getByRole('radio', { name: 'JSON schema' }).check()
        await page.getByRole('group', { name: 'Web search' }).getByRole('radio', { name: 'On' }).check()
        await send(page, '12*7')
        await lastAnswer(page)
        const { parameters } = JSON.parse((await stage.calls()).at(-1)?.body ?? '{}')
        assert.equal(parameters.response_format.type, 'json_schema')
        assert.equal(parameters.enable_search, true)
        await page.getByRole('heading', { name: 'Sources' }).waitFor()
      }),
  ],
  [
    '4 images are attached, files are uploaded, and what is too large is refused before it is sent',
    (stage) =>
      withPlayground(stage, async (page) => {
        const pick = (label: string, files: { name: string; mimeType: string; buffer: Buffer }) =>
          page.locator(`input[type=file][aria-label=${label}]`).setInputFiles(files)
        await setModel(page, 'qwen-vl-plus')
        await pick('Image', { name: 'pixel.png', mimeType: 'image/png', buffer: PIXEL })
        await page.locator('.chips img').waitFor()
        await send(page, 'What is this?')
        await lastAnswer(page)
        assert.match((await stage.calls()).at(-1)?.body ?? '', /data:image\/png;base64,/)
        await pick('File', {
          name: 'notes.pdf',
          mimeType: 'application/pdf',
          buffer: Buffer.from('%PDF-1.4'),
        })
        await page.locator('.chips', { hasText: /^notes\.pdf/ }).waitFor()
        await until(
          'the upload',
          async () => (await stage.calls()).at(-1)?.path.endsWith('/v1/files') ?? false,
        )
        await pick('Audio', {
          name: 'long.wav',
          mimeType: 'audio/wav',
          buffer: Buffer.alloc(1_600_000),
        })
        await page.getByText('long.wav does not fit').waitFor()
      }),
  ],
  [
    '5 the code for curl and fetch runs, with the key in the environment, and asks the same as the page',
    (stage) =>
      withPlayground(stage, async (page, key) => {
        await send(page, "It's 12*7?")
        await lastAnswer(page)
        const asked = (await stage.calls()).at(-1)?.body
        await page.getByRole('button', { name: 'Show as code' }).click()
        const dialog = page.getByRole('dialog')
        const env = { ...process.env, DASHSCOPE_EDGE_KEY: key }
        for (const [name, program, flag] of [
          ['curl', 'bash', '-c'],
          ['fetch', process.execPath, '--eval'],
        ] as const) {
          await dialog.getByRole('radio', { name, exact: true }).check()
          const code = await dialog.locator('pre').innerText()
          assert.ok(!code.includes(key))
          const options = name === 'fetch' ? ['--input-type=module', flag, code] : [flag, code]
          const { stdout } = await promisify(execFile)(program, options, { env })
          assert.match(stdout, /84/, name)
          assert.deepEqual(
            JSON.parse((await stage.calls()).at(-1)?.body ?? ''),
            JSON.parse(asked ?? ''),
            name,
          )
        }
      }),
  ],
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
          await page.getByText('This field of the key refuses.').waitFor()
          await setModel(page, 'qwen-plus')
          await send(page, '1+1')
          await lastAnswer(page)
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
]
