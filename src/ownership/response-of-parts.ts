import { GatewayError } from '../errors.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { asJson, readJson, type UpstreamResponse, type WholeResponse } from '../upstream/response.ts'

/** Parses one response of several that form a list. An error response becomes the response of the list. */
export type ReadPart = (response: UpstreamResponse) => unknown

/**
 * A JSON response assembled from several of DashScope's.
 *
 * @param make builds the body; it parses each part with the function that it is given.
 * @returns the response; if DashScope refuses a part, the first such error unchanged.
 */
export async function responseOfParts(make: (read: ReadPart) => Promise<unknown>): Promise<WholeResponse> {
  let refusal: WholeResponse | undefined
  const read: ReadPart = (response) => {
    if (response.kind === 'whole' && response.status === 200) return readJson(response.body)
    if (response.kind === 'whole' && response.status >= 400) refusal ??= response
    throw new GatewayError(
      'upstream',
      `DashScope did not return the list: it answered ${response.status}. Try again in a moment.`,
    )
  }
  try {
    const body = bytesOf(JSON.stringify(await make(read)))
    return { kind: 'whole', status: 200, headers: asJson([]), body }
  } catch (thrown) {
    if (refusal) return refusal
    throw thrown
  }
}
