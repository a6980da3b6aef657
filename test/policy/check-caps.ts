import { expect } from 'vitest'
import { describeRequest } from '../../src/dashscope/request/describe.ts'
import { allowCaps } from '../../src/policy/caps.ts'
import type { Caps } from '../../src/policy/key-record.ts'
import { endpointOf, type Path } from '../auth/endpoint.ts'

/** Returns a call that checks a request against the caps of a key. */
export function check(caps: Caps, path: Path, body: unknown, headers: Record<string, string> = {}) {
  const endpoint = endpointOf(path)
  return () => allowCaps(caps, endpoint, describeRequest(endpoint, new Headers(headers), body))
}

/** The error that names a parameter. */
export function refusal(param: string) {
  return expect.objectContaining({
    reason: 'denied',
    status: 403,
    param,
    message: expect.stringContaining(param),
  })
}
