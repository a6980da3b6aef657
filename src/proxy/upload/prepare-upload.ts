import type { Config } from '../../config.ts'
import { BATCH_REGIONS } from '../../dashscope/batch.ts'
import type { Endpoint } from '../../dashscope/endpoint.ts'
import type { Region } from '../../dashscope/regions.ts'
import { GatewayError } from '../../errors.ts'
import type { Principal } from '../../policy/key-record.ts'
import type { OpenUpload } from './open-upload.ts'

/** The time limit of an upload, the same as for the longest response: 500 MB in an hour need 1.2 Mbit/s. */
export const UPLOAD_DEADLINE_MS = 3_600_000

/** The endpoint with the regions for an upload: more regions run batches than read documents. */
export function placeOfUpload(endpoint: Endpoint, { isBatch }: OpenUpload): Endpoint {
  return isBatch ? { ...endpoint, regions: BATCH_REGIONS } : endpoint
}

/**
 * Sets the rules for checking the lines of a batch.
 *
 * @throws GatewayError `denied` for a session token with frozen parts, which cannot be inserted into the lines.
 */
export function prepareUpload(
  { form, isBatch }: OpenUpload,
  principal: Principal,
  region: Region,
  { billing }: Config,
): void {
  if (isBatch && principal.token?.frozen)
    throw new GatewayError(
      'denied',
      'This session token freezes parts of each request, so it cannot upload batches.',
    )
  if (isBatch) form.checkLines({ principal, region, billing })
}
