import type { Config } from '../config.ts'
import { keptText } from '../meter/kept-request.ts'
import type { Principal } from '../policy/key-record.ts'
import type { ProxyRequest } from './proxy-request.ts'

/** The body of a request for the request log: only if the operator and the key both allow it to be kept. */
export function keptBodyOf(
  bytes: Uint8Array,
  { policy }: Principal,
  { logBodies }: Config,
): Pick<ProxyRequest, 'keptBody'> {
  if (!logBodies || policy.log_bodies !== true) return {}
  const keptBody = keptText(bytes, 'beginning')
  return keptBody ? { keptBody } : {}
}
