import type { Account } from './accounts.ts'
import type { Dialect } from './dialects.ts'
import type { Fault } from './faults.ts'
import type { Frame } from './frames.ts'
import type { JsonObject } from './json.ts'
import type { Problem } from './problems.ts'
import type { Usage } from './tokens.ts'

/** One request, read and authenticated: all that an endpoint needs to decide its answer. */
export interface Exchange {
  url: URL
  headers: Headers
  /** The path's named parts, in order: a task id, a file id, an application id. */
  parts: string[]
  raw: Uint8Array
  /** The body's object; empty when the method has no body. */
  body: JsonObject
  model: string
  dialect: Dialect
  streams: boolean
  account: Account
  requestId: string
  fault: Fault | undefined
  /** Epoch milliseconds. */
  now: number
}

/** What an endpoint answers, as plain data; respond.ts turns it into a Response, faults and all. */
export type Answer =
  | {
      kind: 'json'
      body: JsonObject
      usage?: Usage | undefined
      status?: number
      outputEncrypted?: boolean
    }
  | { kind: 'stream'; frames: Frame[]; outputEncrypted?: boolean }
  | { kind: 'bytes'; bytes: Uint8Array; contentType: string }
  | Problem

/** Decides the answer to one exchange. Plain functions; only multipart bodies make some of them wait. */
export type Endpoint = (exchange: Exchange) => Answer | Promise<Answer>
