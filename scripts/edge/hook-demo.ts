import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { startReceiver } from '../../emulator/stand-ins/receiver.ts'
import { type Command, type Input, type Outcome, UsageError } from './command.ts'
import { askGateway, type Gateway } from './gateway.ts'
import { idOfKey, listKeys } from './key-names.ts'
import { isLocal } from './target.ts'

/** How long to wait for the reply; the model usually answers within seconds. */
const REPLY_WITHIN_MS = 60_000

/** Demonstrates on this machine how an event is answered. */
export const demoCommand: Command = {
  words: 'hooks demo',
  summary: 'simulate a GitHub comment on this machine, and show its job and the reply',
  options: { key: { type: 'string' }, text: { type: 'string' } },
  flags: [
    ['--key <key id or name>', 'the client key that is charged; default: the newest one for all models'],
    ['--text <text>', 'the text of the comment'],
  ],
  run: demo,
}

async function demo({ values, json }: Input, gateway: Gateway): Promise<Outcome> {
  if (!isLocal(gateway.address)) {
    throw new UsageError('The demo needs a gateway on this machine, which can call back: npm start')
  }
  const text = typeof values.text === 'string' ? values.text : 'What is 12*7?'
  const github = await startReceiver()
  const secret = randomBytes(16).toString('hex')
  const hook = await createHook(gateway, await keyFor(values.key, gateway), secret, github.address)
  try {
    const status = await sendComment(hook.url, secret, text)
    const reply = await replyAt(github)
    const { data } = JSON.parse(await askGateway(gateway, 'GET', `/edge/hooks/${hook.id}/events`))
    const [event] = data as { status: string; reason: string | null; job: string | null }[]
    if (!reply) {
      const reason = event?.reason ?? 'the model or the reply takes longer'
      throw new UsageError(
        `There was no reply. The event is ${event?.status ?? 'not listed'}: ${reason.replace(/\.$/, '')}.`,
      )
    }
    const job = String(event?.job)
    if (json) return { text: JSON.stringify({ status, job, path: reply.path, body: reply.body }), code: 0 }
    const lines = [
      ['Comment', `"${text}", signed as GitHub signs, to ${hook.url}`],
      ['Acknowledged', `with ${status}, before the model was asked`],
      ['Job', `${job}, charged to ${hook.key}`],
      ['Answer', `POST ${reply.path} at the stand-in for GitHub's API:`],
    ].map(([word = '', what]) => `  ${word.padEnd(12)}  ${what}`)
    return { text: [...lines, '', JSON.parse(reply.body).body].join('\n'), code: 0 }
  } finally {
    await askGateway(gateway, 'DELETE', `/edge/hooks/${hook.id}`)
    await github.stop()
  }
}

async function keyFor(typed: unknown, gateway: Gateway): Promise<string> {
  if (typeof typed === 'string') return idOfKey(typed, gateway)
  const keys = await listKeys(gateway)
  // A key restricted to certain models, such as that of the demo page, may not use the model of the demo.
  const found = keys.find(({ models }) => models === undefined) ?? keys[0]
  if (found) return String(found.id)
  throw new UsageError('There is no client key yet. Issue one: npm run edge -- keys create --name web')
}

interface DemoHook {
  id: string
  url: string
  key: string
}

async function createHook(gateway: Gateway, key: string, secret: string, baseUrl: string): Promise<DemoHook> {
  const fields = {
    name: 'demo',
    kind: 'github',
    key,
    secrets: { secret, token: 'ghp_demo' },
    prompt: { model: 'qwen-plus', user: '{{event.text}}' },
    reply: { base_url: baseUrl },
  }
  return JSON.parse(await askGateway(gateway, 'POST', '/edge/hooks', fields)) as DemoHook
}

/** Sends the event of an issue comment as GitHub does; returns the status of the acknowledgement. */
async function sendComment(url: string, secret: string, text: string): Promise<number> {
  const body = JSON.stringify({
    action: 'created',
    issue: { number: 1, title: 'A question' },
    comment: { id: 1, body: text, user: { login: 'ann', type: 'User' } },
    repository: { full_name: 'demo/repository' },
    sender: { login: 'ann', type: 'User' },
  })
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'issue_comment',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  })
  await response.body?.cancel()
  return response.status
}

/** The comment written by the gateway; undefined if there was none in time. */
async function replyAt(github: Awaited<ReturnType<typeof startReceiver>>) {
  for (let waitedMs = 0; waitedMs < REPLY_WITHIN_MS; waitedMs += 50) {
    const [reply] = github.received()
    if (reply) return reply
    await setTimeout(50)
  }
  return undefined
}
