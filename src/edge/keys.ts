import { type Env, readConfig } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { changeKey, createKey, purge, readKeyPage, readRecord, revokeKey } from '../keys/lifecycle.ts'
import type { KeyRecord } from '../policy/key-record.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { readJsonBody } from './json-body.ts'

/** `POST /keys`: creates a client key; only this response contains the key. */
export async function createClientKey(c: EdgeContext): Promise<Response> {
  const { newKey } = await import('../policy/schema/key.ts')
  const fields = await readJsonBody(c.req.raw, newKey)
  requireServedRegions(fields.regions, c.env)
  const { id, key, ...record } = await createKey(c.env, fields, Date.now())
  return c.json({ id, key, ...record }, 201)
}

/** `GET /keys`: one page, newest first. */
export async function listClientKeys(c: EdgeContext): Promise<Response> {
  const { records, cursor } = await readKeyPage(c.env, c.req.query('cursor'))
  return c.json(cursor === undefined ? { keys: records } : { keys: records, cursor })
}

/** `GET /keys/{id}`. */
export async function showClientKey(c: EdgeContext): Promise<Response> {
  return c.json(await readRecord(c.env, idOf(c)))
}

/** `PATCH /keys/{id}`: missing fields stay unchanged, `null` removes a field. */
export async function patchClientKey(c: EdgeContext): Promise<Response> {
  const { keyChange } = await import('../policy/schema/key.ts')
  const change = await readJsonBody(c.req.raw, keyChange)
  requireServedRegions(change.regions ?? undefined, c.env)
  return c.json(await changeKey(c.env, idOf(c), change, Date.now()))
}

/** `DELETE /keys/{id}`. */
export async function revokeClientKey(c: EdgeContext): Promise<Response> {
  await revokeKey(c.env, idOf(c), Date.now())
  return c.body(null, 204)
}

/** `DELETE /cache?key=`: makes the cached responses of a key unreadable. */
export async function purgeCache(c: EdgeContext): Promise<Response> {
  const id = c.req.query('key')
  if (!id) {
    throw new GatewayError(
      'invalid',
      'key: expected the id of the key whose responses to purge, as in ?key=key_….',
      { param: 'key' },
    )
  }
  return c.json({ purged: await purge(c.env, id, Date.now()) })
}

function idOf(c: EdgeContext): string {
  return c.req.param('id') ?? ''
}

/**
 * Refuses a key with a region that this gateway is not configured for: requests in that region would always fail.
 *
 * @throws GatewayError `invalid`, naming the entry.
 */
function requireServedRegions(regions: KeyRecord['regions'], env: Env): void {
  if (!regions) return
  const served = [...new Set(readConfig(env).targets.map(({ region }) => region))]
  const position = regions.findIndex((region) => !served.includes(region))
  if (position < 0) return
  const param = `regions[${position}]`
  throw new GatewayError(
    'invalid',
    `${param}: this gateway does not serve "${regions[position]}"; it serves ${served.join(', ')}. Use one of these, or add the region to REGIONS.`,
    { param },
  )
}
