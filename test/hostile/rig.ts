import { afterAll, beforeAll, beforeEach, vi } from 'vitest'
import { pastCache } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { type Rig as GatewayRig, useGateway } from '../harness/use-gateway.ts'

/** A gateway, its upstream and a valid key. Filled before the tests of the file run. */
export interface Rig extends GatewayRig {
  /** Asks a question with fetch, past the cache unless the headers say otherwise. */
  post: (path: string, body: string, headers?: Record<string, string>) => Promise<Response>
}

export const NATIVE_BODY = '{"model":"m","input":{"prompt":"hi"}}'
export const CHAT_BODY = '{"model":"m","messages":[{"role":"user","content":"hi"}]}'

/** Starts a gateway for the tests of a file and stops it behind them; what it logs of failures stays out of the report. */
export function useRig(variables: Record<string, string> = {}): Rig {
  beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined))
  afterAll(() => void vi.restoreAllMocks())
  const rig = useGateway(variables, { workspaces: ['llm-*'] }) as Rig
  rig.post = (path, body, headers = {}) =>
    fetch(rig.gateway.address + path, {
      method: 'POST',
      headers: pastCache(rig.key, headers),
      body,
    })
  beforeEach(() => {
    rig.upstream.seen.length = 0
    rig.upstream.answer(json('{"output":{"text":"ok"}}'))
  })
  return rig
}
