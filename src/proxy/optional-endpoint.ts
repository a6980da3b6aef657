import type { Endpoint } from '../dashscope/endpoint.ts'
import { GatewayError } from '../errors.ts'
import { parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import type { UpstreamResponse } from '../upstream/response.ts'

/**
 * The response of an endpoint that DashScope may lack. A 404 that is not an error of the dialect means that it
 * lacks the endpoint; the caller then gets the dialect's 404, and never an estimate of the gateway.
 *
 * @throws GatewayError `notFound` if DashScope lacks the endpoint.
 */
export async function orMissing(
  { name }: Pick<Endpoint, 'name'>,
  asking: Promise<UpstreamResponse>,
): Promise<UpstreamResponse> {
  const response = await asking.catch((thrown) => {
    throw thrown instanceof GatewayError && thrown.upstream?.status === 404 ? missing(name) : thrown
  })
  const isOfDialect = response.kind === 'whole' && parseObject(textOf(response.body))?.type === 'error'
  if (response.status === 404 && !isOfDialect) throw missing(name)
  return response
}

function missing(name: string): GatewayError {
  return new GatewayError('notFound', `DashScope does not have the endpoint "${name}" in this region.`)
}
