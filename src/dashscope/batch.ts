import type { Endpoint } from './endpoint.ts'
import { findEndpoint } from './endpoints.ts'
import type { Region } from './regions.ts'

/** The purpose under which a file of requests is uploaded. */
export const BATCH_PURPOSE = 'batch'

/** Regions that run batches from a file (Batch page, 2026-11). */
export const BATCH_REGIONS: readonly Region[] = ['beijing', 'singapore']

/** The largest file of a batch, and its longest line (Batch page). */
export const MAX_BATCH_FILE_BYTES = 500 * 1024 * 1024
export const MAX_BATCH_LINE_BYTES = 6 * 1024 * 1024

/** What a line of a batch file may ask, by its `url`. The test endpoint takes chat requests and answers them for free. */
const PATHS: Readonly<Record<string, string>> = {
  '/v1/chat/completions': '/compatible-mode/v1/chat/completions',
  '/v1/embeddings': '/compatible-mode/v1/embeddings',
  '/v1/chat/ds-test': '/compatible-mode/v1/chat/completions',
}

/** The values of `url` in a line. */
export const BATCH_URLS: readonly string[] = Object.keys(PATHS)

/** The endpoint that answers a line; undefined for a `url` that batches do not take. */
export function batchEndpoint(url: unknown): Endpoint | undefined {
  if (typeof url !== 'string' || !Object.hasOwn(PATHS, url)) return undefined
  const found = findEndpoint('POST', PATHS[url] ?? '')
  return found.kind === 'endpoint' ? found.endpoint : undefined
}
