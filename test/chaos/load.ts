import { setTimeout as sleep } from 'node:timers/promises'
import { sendEvent } from '../../emulator/stand-ins/events/event.ts'
import { EVENT_SOURCES, type EventSource } from './events.ts'
import type { Stage } from './stage.ts'

const CHAT = '/compatible-mode/v1/chat/completions'
const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'

/** A platform that gets no acknowledgement sends an event again so often, a second apart. */
const EVENT_TRIES = 8

/** What was promised to callers and senders, by the name that each question carries. */
export interface Promised {
  /** Ids of jobs that were answered with 202. */
  jobs: Map<string, string>
  /** The hook of each event that was acknowledged. */
  events: Map<string, string>
  /** Requests that were refused, or never answered. */
  refused: number
}

/** Asks for one of the kinds of jobs: quick, slow, one that streams only, a task of the caller's, one of the job's own. */
export async function submitJob({ ask, receiver }: Stage, number: number, promised: Promised): Promise<void> {
  const name = `chaos-${number}`
  const hook = { 'x-edge-webhook': `${receiver.address}/half/${number}` }
  const prefer = { prefer: 'respond-async' }
  const model = ['qwen-plus', 'fault-slow-1500', 'qwq-plus'][number % 5]
  const image = {
    model: number % 3 ? 'fault-task-pending-2000' : 'wanx2.1-t2i-turbo',
    input: { prompt: name },
  }
  const asTask = { 'x-dashscope-async': 'enable' }
  let response: Response
  if (model) {
    const body = { model, messages: [{ role: 'user', content: name }] }
    response = await ask('POST', CHAT, body, { ...prefer, ...hook })
  } else if (number % 5 === 3) response = await ask('POST', IMAGE, image, { ...asTask, ...hook })
  else {
    const request = { path: IMAGE, headers: asTask, body: image }
    response = await ask('POST', '/edge/jobs', { request, webhook: hook['x-edge-webhook'] })
  }
  const id = response.headers.get('x-edge-job') ?? response.headers.get('location')?.split('/').at(-1)
  await response.text()
  if (id && response.status < 300) promised.jobs.set(name, id)
  else promised.refused++
}

/** A hook of each kind, by its kind. */
export async function createHooks({ ask, platforms, receiver }: Stage): Promise<Map<string, string>> {
  const hooks = new Map<string, string>()
  for (const { kind, secrets, replies, fields } of EVENT_SOURCES) {
    const response = await ask('POST', '/edge/hooks', {
      name: kind,
      kind,
      secrets,
      prompt: { model: 'qwen-plus', user: '{{event.text}}' },
      limits: { per_minute: 6000, per_user_minute: 6000, concurrent: 6000 },
      reply: { base_url: platforms.address },
      deliver: replies ? null : `${receiver.address}/half/${kind}`,
      ...fields,
    })
    const { id } = (await response.json()) as { id?: string }
    if (id === undefined) throw new Error(`No hook of kind ${kind} was created (${response.status}).`)
    hooks.set(kind, id)
  }
  return hooks
}

/** Sends an event as its platform does: again, until it is acknowledged. The platform refuses half of the replies once. */
export async function sendOne(
  { gateway, platforms }: Stage,
  source: EventSource,
  hook: string,
  number: number,
  promised: Promised,
): Promise<void> {
  const name = `chaos-${number}`
  const event = source.event(name)
  for (let tries = 0; tries < EVENT_TRIES; tries++) {
    const outcome = await sendEvent(`${gateway.address}/edge/hooks/${hook}/in`, event).then(
      async (response) => {
        await response.text()
        const note = response.headers.get('x-edge-hook')
        return response.ok && (note === null || note === 'duplicate') ? 'acknowledged' : response.status
      },
      () => 'unanswered',
    )
    if (outcome === 'acknowledged') {
      promised.events.set(name, hook)
      if (Math.random() < 0.5) platforms.next.push({ status: 500, body: { message: 'not today' } })
      return
    }
    await sleep(1000)
  }
  promised.refused++
}
