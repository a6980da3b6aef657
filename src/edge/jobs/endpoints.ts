import { readConfig } from '../../config.ts'
import { GatewayError } from '../../errors.ts'
import { ledgerOrUnavailable } from '../../jobs/create-job.ts'
import { checkDestination } from '../../jobs/destination.ts'
import { DEFAULT_OVERLAP_SECONDS, type SecretRecord } from '../../jobs/ledger/signing-secrets.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { destinationRules } from '../../proxy/job.ts'
import { readJsonBody, readOptionalJsonBody } from '../json-body.ts'
import { noSuch } from '../no-such.ts'
import { endpointChange, newEndpoint, rotation } from './bodies.ts'
import { idIn, ledgerFor } from './owner.ts'

/** `GET /edge/jobs/endpoints` */
export async function listEndpoints(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  return c.json({ data: await ledgerOrUnavailable(async () => ledger.endpoints()) })
}

/** `POST /edge/jobs/endpoints` */
export async function createEndpoint(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const body = await readJsonBody(c.req.raw, newEndpoint())
  const { events = ['*'], disabled = false, payload = 'fat' } = body
  const endpoint = { url: checkUrl(c, body.url), events, disabled, payload }
  const record = await ledgerOrUnavailable(async () => ledger.addEndpoint(endpoint))
  if (record) return c.json(record, 201)
  throw new GatewayError('conflict', 'This key already has 20 endpoints, the maximum. Delete one.')
}

/** `GET /edge/jobs/endpoints/{id}` */
export async function showEndpoint(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  return c.json(known(await ledgerOrUnavailable(async () => ledger.endpoint(idIn(c)))))
}

/** `PATCH /edge/jobs/endpoints/{id}` */
export async function changeEndpoint(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const body = await readJsonBody(c.req.raw, endpointChange())
  const change = { ...body, ...(body.url !== undefined && { url: checkUrl(c, body.url) }) }
  return c.json(known(await ledgerOrUnavailable(async () => ledger.changeEndpoint(idIn(c), change))))
}

/** `DELETE /edge/jobs/endpoints/{id}` */
export async function deleteEndpoint(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  if (!(await ledgerOrUnavailable(async () => ledger.removeEndpoint(idIn(c))))) throw noSuch('endpoint')
  return c.body(null, 204)
}

/** `POST /edge/jobs/endpoints/{id}/test`: sends `edge.test`. */
export async function testEndpoint(c: EdgeContext): Promise<Response> {
  const ledger = await ledgerFor(c)
  const { origin } = c.get('exchange').url
  return c.json(known(await ledgerOrUnavailable(async () => ledger.testEndpoint(idIn(c), origin))), 202)
}

/** The secrets of an endpoint, and of the key itself for messages to plain URLs. */
export const showEndpointSecrets = (c: EdgeContext) => respondWithSecrets(c, idIn(c))
export const rotateEndpointSecret = (c: EdgeContext) => rotate(c, idIn(c))
export const showKeySecrets = (c: EdgeContext) => respondWithSecrets(c, '')
export const rotateKeySecret = (c: EdgeContext) => rotate(c, '')

async function respondWithSecrets(c: EdgeContext, owner: string): Promise<Response> {
  const ledger = await ledgerFor(c)
  const secrets = await ledgerOrUnavailable(async () => ledger.secrets(owner))
  const fix = 'ADMIN_TOKEN was changed after they were stored. Rotate the secret to get a new one.'
  return c.json({ secrets: unlocked(known(secrets), fix) })
}

async function rotate(c: EdgeContext, owner: string): Promise<Response> {
  const ledger = await ledgerFor(c)
  const { overlap_seconds: overlap = DEFAULT_OVERLAP_SECONDS } = await readOptionalJsonBody(
    c.req.raw,
    rotation(),
    1024,
  )
  const secrets = await ledgerOrUnavailable(async () => ledger.rotate(owner, overlap))
  return c.json({ secrets: unlocked(known(secrets), 'ADMIN_TOKEN, which encrypts them, is not set.') })
}

function unlocked(secrets: readonly SecretRecord[] | 'locked', why: string): readonly SecretRecord[] {
  if (secrets !== 'locked') return secrets
  throw new GatewayError('conflict', `The signing secrets cannot be read. ${why}`)
}

function checkUrl(c: EdgeContext, url: string): string {
  return checkDestination(url, destinationRules(c.get('exchange').url.origin, readConfig(c.env)), 'url').href
}

function known<Found>(found: Found | undefined): Found {
  if (found === undefined) throw noSuch('endpoint')
  return found
}
