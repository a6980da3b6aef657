import type { JsonObject } from '../lib/json/object.ts'
import type { Endpoint } from './endpoint.ts'
import { findEndpoint } from './endpoints.ts'
import { type Region, sharedHostOf } from './regions.ts'
import type { Targets } from './targets.ts'

/** The `purpose` of uploaded batch files. */
export const BATCH_PURPOSE = 'batch'

/** Regions that run batches from a file (Batch page, 2026-11). */
export const BATCH_REGIONS: readonly Region[] = ['beijing', 'singapore']

/** The only region with Batch Chat (Batch Chat page), and its host there. */
export const BATCH_CHAT_REGION: Region = 'beijing'
const BATCH_CHAT_HOST = 'https://batch.dashscope.aliyuncs.com'

/** The largest file of a batch, and its longest line (Batch page). */
export const MAX_BATCH_FILE_BYTES = 500 * 1024 * 1024
export const MAX_BATCH_LINE_BYTES = 6 * 1024 * 1024

/** The endpoints for lines of a batch file, by `url`. The test endpoint accepts chat requests and is free. */
const PATHS: Readonly<Record<string, string>> = {
  '/v1/chat/completions': '/compatible-mode/v1/chat/completions',
  '/v1/embeddings': '/compatible-mode/v1/embeddings',
  '/v1/chat/ds-test': '/compatible-mode/v1/chat/completions',
}

/** The allowed values of `url` in a line. */
export const BATCH_URLS: readonly string[] = Object.keys(PATHS)

/** The endpoint for a line; undefined for a `url` that batches do not support. */
export function batchEndpoint(url: unknown): Endpoint | undefined {
  if (typeof url !== 'string' || !Object.hasOwn(PATHS, url)) return undefined
  const found = findEndpoint('POST', PATHS[url] ?? '')
  return found.kind === 'endpoint' ? found.endpoint : undefined
}

/** The states of a batch (Batch page). */
export const RUNNING_BATCHES = ['validating', 'in_progress', 'finalizing', 'cancelling'] as const
export const ENDED_BATCHES = ['completed', 'failed', 'expired', 'cancelled'] as const

/** How a batch ended. */
export type EndedBatch = (typeof ENDED_BATCHES)[number]

/** The parts of a batch that the gateway reads. */
export interface BatchState {
  id: string
  /** Undefined while the batch runs. */
  ended: EndedBatch | undefined
  /** The files with the results of successful and failed requests; null if there are none (yet). */
  outputFile: string | null
  errorFile: string | null
}

/** Parses a batch object of DashScope; undefined for anything else. */
export function batchStateIn(body: JsonObject | undefined): BatchState | undefined {
  if (body?.object !== 'batch' || typeof body.id !== 'string') return undefined
  const { id, status, output_file_id: output, error_file_id: error } = body
  return {
    id,
    ended: ENDED_BATCHES.find((each) => each === status),
    outputFile: typeof output === 'string' ? output : null,
    errorFile: typeof error === 'string' ? error : null,
  }
}

/** The host of Batch Chat, known only for accounts on Beijing's shared host; undefined otherwise. */
export function batchChatHostFor(targets: Targets): string | undefined {
  const shared = sharedHostOf(BATCH_CHAT_REGION)
  return targets.some(({ baseUrl }) => baseUrl === shared) ? BATCH_CHAT_HOST : undefined
}
