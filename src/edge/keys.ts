import type { MiddlewareHandler } from 'hono'
import { Hono } from 'hono/tiny'
import { authorizeOperator } from '../auth/operator-session.ts'
import type { Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { changeKey, createKey, purge, readRecord, revokeKey } from '../keys/lifecycle.ts'
import { readPage } from '../keys/operator-store.ts'
import { keyChange, newKey } from '../policy/schema/key.ts'
import { readJsonBody } from './json-body.ts'
import { wrongMethod } from './method-not-allowed.ts'

type Bindings = { Bindings: Env }

/**
 * The operator's endpoints, mounted at `/edge`. They answer with plain JSON and throw GatewayError, which the app that
 * mounts them puts into words. They guard their own paths only, so that other endpoints can live under `/edge` too.
 */
export const admin = new Hono<Bindings>()

const neverStored: MiddlewareHandler<Bindings> = async (context, next) => {
  await next()
  context.header('cache-control', 'no-store')
}

const operatorOnly: MiddlewareHandler<Bindings> = async (context, next) => {
  await authorizeOperator(context.req.raw, context.env, Date.now())
  await next()
}

admin.use('/keys/*', neverStored, operatorOnly)
admin.use('/cache', neverStored, operatorOnly)

admin.post('/keys', async (context) => {
  const fields = await readJsonBody(context.req.raw, newKey)
  const { id, key, ...record } = await createKey(context.env.KEYS, fields, Date.now())
  return context.json({ id, key, ...record }, 201)
})

admin.get('/keys', async (context) => {
  const { records, cursor } = await readPage(context.env.KEYS, context.req.query('cursor'))
  return context.json(cursor === undefined ? { keys: records } : { keys: records, cursor })
})

admin.get('/keys/:id', async (context) => {
  return context.json(await readRecord(context.env.KEYS, context.req.param('id'), Date.now()))
})

admin.patch('/keys/:id', async (context) => {
  const change = await readJsonBody(context.req.raw, keyChange)
  return context.json(await changeKey(context.env.KEYS, context.req.param('id'), change, Date.now()))
})

admin.delete('/keys/:id', async (context) => {
  await revokeKey(context.env.KEYS, context.req.param('id'), Date.now())
  return context.body(null, 204)
})

admin.delete('/cache', async (context) => {
  const id = context.req.query('key')
  if (!id) {
    throw new GatewayError(
      'invalid',
      'key: expected the id of the key whose answers to purge, as in ?key=key_….',
      {
        param: 'key',
      },
    )
  }
  return context.json({ purged: await purge(context.env.KEYS, id, Date.now()) })
})

admin.all('/keys', wrongMethod('GET, HEAD, POST'))
admin.all('/keys/:id', wrongMethod('GET, HEAD, PATCH, DELETE'))
admin.all('/cache', wrongMethod('DELETE'))
