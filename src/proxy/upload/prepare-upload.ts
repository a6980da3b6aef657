import type { Config } from '../../config.ts'
import { BATCH_REGIONS } from '../../dashscope/batch.ts'
import type { Endpoint } from '../../dashscope/endpoint.ts'
import type { Region } from '../../dashscope/regions.ts'
import { GatewayError } from '../../errors.ts'
import type { Principal } from '../../policy/key-record.ts'
import type { OpenUpload } from './open-upload.ts'

/** An upload may take as long as the longest response: 500 MB in an hour are 1.2 Mbit/s. */
export const UPLOAD_DEADLINE_MS = 3_600_000

/** The endpoint with the regions that an upload can go to: batches run in more of them than documents are read in. */
export function placeOfUpload(endpoint: Endpoint, { isBatch }: OpenUpload): Endpoint {
  return isBatch ? { ...endpoint, regions: BATCH_REGIONS } : endpoint
}

/**
 * Says what the lines of a batch are checked against.
 *
 * @throws GatewayError `denied` for a session token that fixes parts of a request: they cannot be written into the lines.
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
      'This session token fixes parts of each request, so it cannot upload batches.',
    )
  if (isBatch) form.checkLines({ principal, region, billing })
}
