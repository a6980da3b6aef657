import { afterAll, beforeAll, expect } from 'vitest'
import { type OutgoingEvent, sendEvent } from '../../emulator/stand-ins/events/event.ts'
import { type Platforms, startPlatforms } from '../../emulator/stand-ins/platforms.ts'
import { until } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

/** A hook as its creation shows it. */
export interface CreatedHook {
  id: string
  url: string
  secrets: unknown
}

/** One event as the list of a hook shows it. */
export interface ListedEvent {
  id: string
  status: string
  reason: string | null
  job: string | null
  event: Record<string, unknown> | null
}

export interface HooksRig {
  gateway: TestGateway
  platforms: Platforms
  key: { id: string; key: string }
  /** Asks the gateway with the key, or with another credential. */
  ask: (method: string, path: string, body?: unknown, credential?: string) => Promise<Response>
  /** Creates a hook that replies through the stand-ins. */
  create: (
    kind: string,
    secrets: Record<string, unknown>,
    fields?: Record<string, unknown>,
  ) => Promise<CreatedHook>
  /** Sends a platform's event to a hook. */
  send: (hook: CreatedHook, event: OutgoingEvent) => Promise<Response>
  events: (hook: CreatedHook) => Promise<ListedEvent[]>
  jobs: (hook: CreatedHook) => Promise<{ id: string; hook: string; status: string }[]>
  /** Waits until a person can read a message that contains this text, and returns the whole message. */
  written: (text: string) => Promise<string>
}

/** Starts a gateway and all chat platforms for a test file and stops them afterwards. */
export function useHooks(variables: Record<string, string> = {}): HooksRig {
  const rig = {} as HooksRig
  beforeAll(async () => {
    rig.platforms = await startPlatforms()
    rig.gateway = await startTestGateway({
      WEBHOOK_ALLOW_LOOPBACK: 'on',
      REPLY_RETRIES: '1,1',
      WEBHOOK_TIMEOUT_MS: '2000',
      ...variables,
    })
    rig.key = await rig.gateway.issueKey({ hooks: true })
  })
  afterAll(async () => {
    await rig.gateway.stop()
    await rig.platforms.stop()
  })
  rig.ask = (method, path, body, credential = rig.key.key) =>
    fetch(rig.gateway.address + path, {
      method,
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  rig.create = async (kind, secrets, fields = {}) => {
    const { reply, ...rest } = fields
    const response = await rig.ask('POST', '/edge/hooks', {
      name: kind,
      kind,
      secrets,
      prompt: { model: 'qwen-plus', system: 'Be brief.', user: '{{event.user.name}}: {{event.text}}' },
      ...rest,
      reply: { base_url: rig.platforms.address, ...(reply as object) },
    })
    expect([response.status, response.status === 201 ? '' : await response.text()]).toEqual([201, ''])
    return (await response.json()) as CreatedHook
  }
  rig.send = (hook, event) => sendEvent(hook.url, event)
  rig.events = async (hook) => {
    const response = await rig.ask('GET', `/edge/hooks/${hook.id}/events?limit=100`)
    return ((await response.json()) as { data: ListedEvent[] }).data
  }
  rig.jobs = async (hook) => {
    const response = await rig.ask('GET', '/edge/jobs?kind=hook&limit=100')
    const { data } = (await response.json()) as { data: { id: string; hook: string; status: string }[] }
    return data.filter((job) => job.hook === hook.id)
  }
  rig.written = async (text) => {
    const find = () => rig.platforms.messages.find((message) => message.text.includes(text))
    await until(`a message with "${text}" was written`, () => find() !== undefined)
    return find()?.text ?? ''
  }
  return rig
}
