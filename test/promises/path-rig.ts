import { beforeAll } from 'vitest'
import { pastCache } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { type Rig, useGateway } from '../harness/use-gateway.ts'
import { send, type WireResponse } from '../harness/wire.ts'

const BODY = JSON.stringify({
  model: 'm',
  max_tokens: 9,
  input: { prompt: 'hi' },
  messages: [{ role: 'user', content: 'hi' }],
})

/** A gateway whose every path can be asked. */
export interface PathRig extends Rig {
  /** Asks with a body that every endpoint takes, past the cache. */
  ask: (method: string, path: string) => Promise<WireResponse>
}

/** Starts it for a test file; what is asked of it is answered whichever endpoint it is. */
export function usePaths(): PathRig {
  const rig = useGateway()
  // Enough for an answer, a stored answer and an empty list of tasks.
  beforeAll(() => rig.upstream.answer(json('{"output":{},"data":[],"total":0}')))
  return Object.assign(rig, {
    ask: (method: string, path: string) =>
      send(rig.gateway.address, {
        method,
        path,
        headers: pastCache(rig.key),
        ...(method !== 'GET' && method !== 'HEAD' && { body: BODY }),
      }),
  })
}
