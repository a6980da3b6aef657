import assert from 'node:assert/strict'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { chooseApi, LONG_QUESTION, lastReply, send, setModel, withPlayground } from '../playground.ts'
import { toneFile } from '../wav.ts'

/** Frames come this far apart, so that there is time to look at an answer while it comes. */
const TRICKLE = 'fault-trickle-200'

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
        await page.locator('header').getByText('test', { exact: true }).waitFor()
        await send(page, '12*7')
        assert.match(await lastReply(page), /84/)
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
        await lastReply(page)
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
        await lastReply(page)
        const thinking = page.locator('details.thinking')
        assert.equal(await thinking.getAttribute('open'), null)
        await thinking.locator('summary').click()
        await until('the thinking', async () => (await thinking.locator('.markdown').innerText()) !== '')
        const last = (await stage.calls()).at(-1)
        assert.equal(JSON.parse(last?.body ?? '{}').enable_thinking, true)
      }),
  ],
  [
    '4 a tool is called, its result is written by hand and the model quotes it, in every dialect',
    async (stage) => {
      for (const api of ['Compatible', 'Native', 'Anthropic', 'Responses']) {
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
          assert.match(await lastReply(page), /Sunny/, api)
        })
      }
    },
  ],
  [
    '4 the example with a picture asks a model that sees',
    (stage) =>
      withPlayground(stage, async (page) => {
        await page.getByRole('button', { name: 'Look at an image' }).click()
        await page.locator('.chips img').waitFor()
        await page.getByRole('button', { name: 'Send', exact: true }).click()
        await lastReply(page)
        const { model, messages } = JSON.parse((await stage.calls()).at(-1)?.body ?? '{}')
        assert.equal(model, 'qwen3.7-plus')
        const [picture, text] = messages.at(-1).content
        assert.match(picture.image_url.url, /^data:image\/png;base64,\w/)
        assert.deepEqual(text, { type: 'text', text: 'What is in this picture?' })
      }),
  ],
  [
    '4 structured output and web search are sent, and sources are shown',
    (stage) =>
      withPlayground(stage, async (page) => {
        await chooseApi(page, 'Native')
        await page.getByRole('radio', { name: 'JSON schema' }).check()
        await page.getByRole('group', { name: 'Web search' }).getByRole('radio', { name: 'On' }).check()
        await send(page, '12*7')
        await lastReply(page)
        const { parameters } = JSON.parse((await stage.calls()).at(-1)?.body ?? '{}')
        assert.equal(parameters.response_format.type, 'json_schema')
        assert.equal(parameters.enable_search, true)
        await page.getByRole('heading', { name: 'Sources' }).waitFor()
      }),
  ],
  [
    '4 images, audio and files are picked, pasted and dropped, and what is too large is refused before it is sent',
    (stage) =>
      withPlayground(stage, async (page) => {
        const pick = (label: string, files: { name: string; mimeType: string; buffer: Buffer }) =>
          page.locator(`input[type=file][aria-label=${label}]`).setInputFiles(files)
        await setModel(page, 'qwen-vl-plus')
        await pick('Image', { name: 'pixel.png', mimeType: 'image/png', buffer: PIXEL })
        await page.locator('.chips img').waitFor()
        await send(page, 'What is this?')
        await lastReply(page)
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
        await pick('Audio', { name: 'tone.wav', mimeType: 'audio/wav', buffer: toneFile(1) })
        await page.locator('.chips', { hasText: 'tone.wav' }).waitFor()
        for (const [event, name] of [
          ['paste', 'pasted.png'],
          ['drop', 'dropped.png'],
        ] as const) {
          await page.locator('.composer textarea').evaluate(
            (box, [type, name, base64]) => {
              const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
              const transfer = new DataTransfer()
              transfer.items.add(new File([bytes], name, { type: 'image/png' }))
              const what =
                type === 'paste'
                  ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true })
                  : new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
              box.dispatchEvent(what)
            },
            [event, name, PIXEL.toString('base64')] as const,
          )
          await page.locator('.chips', { hasText: name }).waitFor()
        }
        await setModel(page, 'qwen3-omni-flash')
        await send(page, 'What do you hear and see?')
        await lastReply(page)
        const body = (await stage.calls()).at(-1)?.body ?? '{}'
        assert.match(body, /fileid:/)
        const { messages } = JSON.parse(body)
        const kinds = messages.at(-1).content.map(({ type }: { type: string }) => type)
        assert.deepEqual(kinds, ['input_audio', 'image_url', 'image_url', 'text'])
        await pick('Audio', {
          name: 'long.wav',
          mimeType: 'audio/wav',
          buffer: Buffer.alloc(1_600_000),
        })
        await page.getByText('long.wav is too large').waitFor()
      }),
  ],
]
