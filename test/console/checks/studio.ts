import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { withPlayground } from '../playground.ts'
import { toneFile } from '../wav.ts'

const RECORDING = { name: 'tone.wav', mimeType: 'audio/wav', buffer: toneFile(2) }

/** Pictures, films, speech and voice. */
export const studioChecks: readonly Check[] = [
  [
    'a picture and a film are made by tasks whose state is shown, and their results are opened, not loaded',
    (stage) =>
      withPlayground(stage, async (page) => {
        for (const kind of ['Image', 'Video']) {
          await choose(page, kind)
          await page.getByRole('button', { name: 'Generate' }).click()
          const result = page.getByRole('link', { name: 'Open the result' })
          await result.waitFor()
          // The emulator keeps its results itself.
          assert.match((await result.getAttribute('data-host')) ?? '', /^127\.0\.0\.1:\d+$/)
          const last = (await stage.calls()).find(({ method, headers }) => {
            return method === 'POST' && headers['x-dashscope-async'] === 'enable'
          })
          assert.ok(last, 'No task was submitted.')
        }
      }),
  ],
  [
    'a task that fails shows the error of DashScope, and one that waits is taken back by Stop',
    (stage) =>
      withPlayground(stage, async (page) => {
        await choose(page, 'Image')
        await page.getByLabel('Model', { exact: true }).fill('fault-task-failed')
        await page.getByRole('button', { name: 'Generate' }).click()
        await page.locator('.failure', { hasText: 'InternalError.Timeout' }).waitFor()
        await page.getByLabel('Model', { exact: true }).fill('fault-task-pending-60000')
        await page.getByRole('button', { name: 'Generate' }).click()
        await page.getByText(/^PENDING · 1/).waitFor()
        const cancelled = page.waitForResponse((response) => response.url().endsWith('/cancel'))
        await page.getByRole('button', { name: 'Stop' }).click()
        assert.equal((await cancelled).status(), 200)
        await page.getByRole('button', { name: 'Generate' }).waitFor()
      }),
  ],
  [
    'speech is played in the page and can be saved, and a recording is transcribed',
    (stage) =>
      withPlayground(stage, async (page) => {
        await choose(page, 'Speech')
        await page.getByRole('button', { name: 'Generate' }).click()
        const player = page.locator('audio')
        await player.waitFor()
        assert.match((await player.getAttribute('src')) ?? '', /^blob:/)
        await until('a sound that can be played', () =>
          player.evaluate((element: HTMLAudioElement) => element.duration > 0),
        )
        await page.getByRole('link', { name: 'Download' }).waitFor()
        await choose(page, 'Transcript')
        await page.getByLabel('Audio', { exact: true }).setInputFiles(RECORDING)
        await page.getByRole('button', { name: 'Generate' }).click()
        await page.getByRole('heading', { name: 'Result' }).waitFor()
        const body = (await stage.calls()).at(-1)?.body ?? ''
        assert.match(body, /data:audio\/wav;base64,/)
      }),
  ],
  [
    'a conversation by voice hears a recording, answers in writing, and opens with a session token, never the key',
    (stage) =>
      withPlayground(stage, async (page) => {
        await choose(page, 'Voice')
        const minted = page.waitForResponse((response) => response.url().endsWith('/edge/tokens'))
        await page.getByRole('button', { name: 'Start the conversation' }).click()
        assert.equal((await minted).status(), 201)
        await page.getByText('Connected.').waitFor()
        await page.getByLabel('Message', { exact: true }).fill('What is 12*7?')
        await page.keyboard.press('Enter')
        await page.getByText(/You said: What is 12\*7\?/).waitFor()
        await page.getByLabel('Audio', { exact: true }).setInputFiles(RECORDING)
        await page
          .locator('.from-model', { hasText: /You said/ })
          .nth(1)
          .waitFor()
        await page.getByRole('button', { name: 'End the conversation' }).click()
        await page.getByRole('button', { name: 'Start the conversation' }).waitFor()
      }),
  ],
  [
    'a voice session that is refused says why',
    (stage) =>
      withPlayground(
        stage,
        async (page) => {
          await choose(page, 'Voice')
          await page.getByRole('button', { name: 'Start the conversation' }).click()
          await page.locator('.failure', { hasText: 'qwen3-omni-flash-realtime' }).waitFor()
        },
        { models: ['qwen-plus'] },
      ),
  ],
]

async function choose(page: Page, kind: string): Promise<void> {
  await page
    .getByRole('group', { name: 'What to make' })
    .getByRole('radio', { name: kind, exact: true })
    .check()
  await page.getByRole('button', { name: /Generate|Start/ }).waitFor()
}
