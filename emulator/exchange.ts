import type { Account } from './accounts.ts'
import type { Dialect } from './dialects.ts'
import type { Fault } from './faults.ts'
import type { Frame } from './frames.ts'
import type { JsonObject } from './json.ts'
import type { Problem } from './problems.ts'
import type { Usage } from './tokens.ts'

/** A parsed and authenticated request: the input of an endpoint. */
export interface Exchange {
  url: URL
  headers: Headers
  /** The named segments of the path, in order: a task id, a file id, an application id. */
  parts: string[]
  raw: Uint8Array
  /** The parsed body; empty without a body. */
  body: JsonObject
  model: string
  dialect: Dialect
  streams: boolean
  account: Account
  requestId: string
  fault: Fault | undefined
  /** Milliseconds since 1970. */
  now: number
}

/** The result of an endpoint as plain data; respond.ts converts it to a Response, including faults. */
export type EmulatorResponse =
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

/** Computes the answer to an exchange. Synchronous, except for multipart bodies. */
export type Endpoint = (exchange: Exchange) => EmulatorResponse | Promise<EmulatorResponse>
