import { expect } from 'vitest'
import { JsonBody } from '../../src/lib/json/body.ts'
import { applyFrozen } from '../../src/policy/frozen.ts'
import type { Frozen } from '../../src/policy/key-record.ts'
import { endpointOf, type Path } from './endpoint.ts'

/** A request body as it was read; `mark` precedes its text. */
export function source(text: string, mark = '') {
  const bytes = new TextEncoder().encode(mark + text) as Uint8Array<ArrayBuffer>
  return new JsonBody(bytes, text, JSON.parse(text))
}

/** An act that fills in what a token froze; `id` is part of the path of an application. */
export function freeze(frozen: Frozen, path: Path, text: string, id?: string) {
  return () => applyFrozen(source(text), frozen, endpointOf(path), id)
}

/** The error that names the field which contradicts the token. */
export function refusal(param: string) {
  return expect.objectContaining({ reason: 'denied', status: 403, param, message: expect.any(String) })
}
