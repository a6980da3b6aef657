import { beforeAll, expect } from 'vitest'
import { type Rig, useGateway } from '../harness/use-gateway.ts'
import type { WireResponse } from '../harness/wire.ts'

/** An origin that ALLOWED_ORIGINS names. */
export const NAMED = 'https://app.example'

/** A gateway for pages; its `key` may be used from where ALLOWED_ORIGINS says. */
export interface OriginRig extends Rig {
  /** May be used from origins of its own. */
  own: string
  /** May be used from no page at all. */
  none: string
}

/** Starts it for a test file and stops it afterwards. */
export function useOrigins(): OriginRig {
  const rig = useGateway({
    ALLOWED_ORIGINS: `${NAMED}, https://*.pages.example,http://localhost:5173`,
  }) as OriginRig
  beforeAll(async () => {
    const { issueKey } = rig.gateway
    rig.own = (await issueKey({ origins: ['https://own.example', 'https://*.own.example'] })).key
    rig.none = (await issueKey({ origins: [] })).key
  })
  return rig
}

/** No page may read the answer. */
export function expectUnreadable(response: Pick<WireResponse, 'headers'>) {
  expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
}
