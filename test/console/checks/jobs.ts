import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { type Receiver, startReceiver } from '../../../emulator/stand-ins/receiver.ts'
import { CHAT, chatBody, until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { withPage } from '../playground.ts'
import type { ConsolePage, Stage } from '../stage.ts'

/** Jobs that run, that fail and that are delivered. */
export const jobChecks: readonly Check[] = [
  [
    'a client key cancels a job that runs, and the page says when a job ended',
    (stage) =>
      withJobs(stage, async (jobs) => {
        const id = await jobs.submit('fault-slow-20000')
        const quick = await jobs.submit('fault-slow-1500')
        await withPage(await jobs.openAsClient(), async (page) => {
          await button(page, id, 'Cancel').click()
          await rowOf(page, id).getByText('canceled', { exact: true }).waitFor()
          assert.equal((await jobs.read(`/edge/jobs/${id}`)).status, 'canceled')
          assert.equal(await button(page, id, 'Cancel').count(), 0)
          await rowOf(page, quick).getByText('succeeded', { exact: true }).waitFor()
        })
      }),
  ],
  [
    'the operator runs a failed job of a key again, and reads its response',
    (stage) =>
      withJobs(stage, async (jobs) => {
        const id = await jobs.submit('fault-once-status-400-InvalidParameter')
        await until('it failed', async () => (await jobs.read(`/edge/jobs/${id}`)).status === 'failed')
        await withPage(await jobs.openAsOperator(), async (page) => {
          await button(page, id, 'Retry').click()
          await rowOf(page, id).getByText('succeeded', { exact: true }).waitFor()
          assert.equal((await jobs.read(`/edge/jobs/${id}`)).runs, 2)
          await button(page, id, 'Result').click()
          await page.getByRole('dialog').getByText('chat.completion').waitFor()
        })
      }),
  ],
  [
    'a job that ended meanwhile is not canceled, and the page shows the sentence of the gateway',
    (stage) =>
      withJobs(stage, async (jobs) => {
        const id = await jobs.submit('fault-slow-20000')
        await withPage(await jobs.openAsClient(), async (page) => {
          await button(page, id, 'Cancel').waitFor()
          const json = await jobs.read('/edge/jobs')
          await page.route('**/edge/jobs', (route) => route.fulfill({ json }))
          await jobs.read(`/edge/jobs/${id}/cancel`, 'POST')
          await button(page, id, 'Cancel').click()
          const { message } = await jobs.read(`/edge/jobs/${id}/cancel`, 'POST')
          assert.match(message, /\w/)
          await page.locator('.failure', { hasText: message }).waitFor()
        })
      }),
  ],
  [
    'a message is delivered once more, with the same id',
    (stage) =>
      withJobs(stage, async (jobs) => {
        const id = await jobs.submit('qwen-plus', '/again')
        await until('the message came', () => jobs.received('/again').length === 1)
        await withPage(await jobs.openAsClient(), async (page) => {
          await page.getByRole('radio', { name: 'Deliveries' }).check()
          const row = page.locator('tr', { hasText: 'job.succeeded' })
          await row.getByText('delivered', { exact: true }).waitFor()
          assert.notEqual(await row.locator('td').first().innerText(), '')
          await row.getByRole('button', { name: 'Redeliver' }).click()
          await row.getByRole('cell', { name: '2', exact: true }).waitFor()
          await row.getByText('delivered', { exact: true }).waitFor()
        })
        const ids = jobs.received('/again').map(({ headers }) => headers['webhook-id'])
        assert.deepEqual(ids, [`msg_${id}_job.succeeded`, `msg_${id}_job.succeeded`])
      }),
  ],
]

/** A key with jobs at a gateway that may call webhooks on this machine. */
interface Jobs {
  /** Makes a chat request a job; returns its id. */
  submit: (model: string, webhookPath?: string) => Promise<string>
  /** What the API answers to the key. */
  read: (path: string, method?: 'GET' | 'POST') => Promise<{ status: string; runs: number; message: string }>
  received: Receiver['received']
  openAsClient: () => Promise<ConsolePage>
  openAsOperator: () => Promise<ConsolePage>
}

async function withJobs(stage: Stage, work: (jobs: Jobs) => Promise<void>): Promise<void> {
  const receiver = await startReceiver()
  const variables = { WEBHOOK_ALLOW_LOOPBACK: 'on', WEBHOOK_RETRIES: '1' }
  const { address, issueKey, session, stop } = await stage.another({ hasUpstream: true, variables })
  const { id: keyId, key } = await issueKey()
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  try {
    await work({
      submit: async (model, webhookPath) => {
        const webhook = webhookPath === undefined ? {} : { 'x-edge-webhook': receiver.address + webhookPath }
        const response = await fetch(address + CHAT, {
          method: 'POST',
          headers: { ...headers, prefer: 'respond-async', ...webhook },
          body: JSON.stringify(chatBody(model, '12*7')),
        })
        assert.equal(response.status, 202)
        return ((await response.json()) as { id: string }).id
      },
      read: async (path, method = 'GET') => {
        const response = await fetch(address + path, { method, headers })
        return (await response.json()) as Awaited<ReturnType<Jobs['read']>>
      },
      received: receiver.received,
      openAsClient: () => stage.openAt(address, `#/jobs?key=${key}`),
      openAsOperator: async () => stage.openAt(address, `#/jobs?key=${keyId}&session=${await session()}`),
    })
  } finally {
    await stop()
    await receiver.stop()
  }
}

function rowOf(page: Page, id: string) {
  return page.locator('tr', { hasText: id })
}

function button(page: Page, id: string, name: string) {
  return rowOf(page, id).getByRole('button', { name, exact: true })
}
