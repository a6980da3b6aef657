import { afterAll, beforeAll, beforeEach, vi } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { json, type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'

/** A gateway, what stands behind it and a key that works. Filled before the tests of the file run. */
export interface Rig {
  gateway: TestGateway
  upstream: PlainUpstream
  key: string
  /** Asks a question with fetch, past the cache unless the headers say otherwise. */
  post: (path: string, body: string, headers?: Record<string, string>) => Promise<Response>
}

export const NATIVE_BODY = '{"model":"m","input":{"prompt":"hi"}}'
export const CHAT_BODY = '{"model":"m","messages":[{"role":"user","content":"hi"}]}'

/** Starts a gateway for the tests of a file and stops it behind them; what it logs of failures stays out of the report. */
export function useRig(variables: Record<string, string> = {}): Rig {
  const rig = {} as Rig
  beforeAll(async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    rig.upstream = await startPlainUpstream()
    rig.gateway = await startTestGateway({ DASHSCOPE_BASE_URL: rig.upstream.address, ...variables })
    rig.key = (await rig.gateway.issueKey({ workspaces: ['llm-*'] })).key
    rig.post = (path, body, headers = {}) =>
      fetch(rig.gateway.address + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${rig.key}`,
          'content-type': 'application/json',
          'cache-control': 'no-store',
          ...headers,
        },
        body,
      })
  })
  beforeEach(() => {
    rig.upstream.seen.length = 0
    rig.upstream.answer(json('{"output":{"text":"ok"}}'))
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await rig.gateway.stop()
    await rig.upstream.stop()
  })
  return rig
}
