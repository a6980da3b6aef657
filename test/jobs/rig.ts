import { afterAll, beforeAll } from 'vitest'
import { type Receiver, startReceiver } from '../../emulator/stand-ins/receiver.ts'
import type { JobRecord } from '../../src/jobs/job.ts'
import { CHAT, chatBody, until } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

export const ASYNC = { prefer: 'respond-async' }

/** Short delays, so that a test sees several tries. */
export const RETRIES = '1,1'

export interface JobsRig {
  gateway: TestGateway
  receiver: Receiver
  key: string
  keyId: string
  /** Asks the gateway with the key; a body is sent as JSON unless it is a text. */
  ask: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>
  /** The same for another credential. */
  askAs: (
    credential: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Response>
  /** Makes a chat request a job. */
  submit: (headers?: Record<string, string>, body?: unknown) => Promise<JobRecord>
  /** Waits until a job has ended. */
  ended: (id: string) => Promise<JobRecord>
  /** Waits until a job's webhook has the given status. */
  webhookIs: (id: string, status: 'delivered' | 'dead') => Promise<JobRecord>
}

/** Starts a gateway and a receiver for a test file and stops them afterwards. */
export function useJobs(
  variables: Record<string, string> = {},
  fields: Record<string, unknown> = {},
): JobsRig {
  const rig = {} as JobsRig
  beforeAll(async () => {
    rig.receiver = await startReceiver()
    rig.gateway = await startTestGateway({
      WEBHOOK_ALLOW_LOOPBACK: 'on',
      WEBHOOK_RETRIES: RETRIES,
      WEBHOOK_TIMEOUT_MS: '2000',
      ...variables,
    })
    const { key, id } = await rig.gateway.issueKey(fields)
    Object.assign(rig, { key, keyId: id })
  })
  afterAll(async () => {
    await rig.gateway.stop()
    await rig.receiver.stop()
  })
  rig.askAs = (credential, method, path, body, headers = {}) =>
    fetch(rig.gateway.address + path, {
      method,
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  rig.ask = (...asked) => rig.askAs(rig.key, ...asked)
  rig.submit = async (headers = {}, body = chatBody('qwen-plus', '12*7')) => {
    const response = await rig.ask('POST', CHAT, body, { ...ASYNC, ...headers })
    if (response.status !== 202) throw new Error(`No job was made: ${await response.text()}`)
    return (await response.json()) as JobRecord
  }
  const read = async (id: string) => (await (await rig.ask('GET', `/edge/jobs/${id}`)).json()) as JobRecord
  rig.ended = async (id) => {
    await until(`job ${id} has ended`, async () => (await read(id)).ended_at !== null)
    return read(id)
  }
  rig.webhookIs = async (id, status) => {
    await until(`the webhook of ${id} is ${status}`, async () => (await read(id)).webhook?.status === status)
    return read(id)
  }
  return rig
}

/** The operator's credential. */
export const OPERATOR = ADMIN_TOKEN
