import { Hono } from 'hono/tiny'
import { usageRoutes } from '../../../src/admin/usage.ts'
import type { Env } from '../../../src/config.ts'
import { asGatewayError, errorBody } from '../../../src/errors.ts'
import { release, reserve, settle } from '../../../src/meter/reserve.ts'

export { Meter } from '../../../src/meter/meter.ts'

/** What the tests have a meter do; `meters` are asked as the gateway asks them. */
const actions = {
  reserve: (env: Env, args: Parameters<typeof reserve> extends [unknown, ...infer Rest] ? Rest : never) =>
    reserve(env.METER, ...args),
  settle: (env: Env, args: Parameters<typeof settle> extends [unknown, ...infer Rest] ? Rest : never) =>
    settle(env.METER, ...args),
  release: (env: Env, args: Parameters<typeof release> extends [unknown, ...infer Rest] ? Rest : never) =>
    release(env.METER, ...args),
}

const app = new Hono<{ Bindings: Env }>()
app.route(
  '/edge',
  usageRoutes(() => 'CNY'),
)

/** Runs a list of calls at the same moment: `[{"action":"reserve","args":[…]}]`. */
app.post('/calls', async ({ env, req }) => {
  const calls: { action: keyof typeof actions; args: never }[] = await req.json()
  const results = await Promise.all(calls.map(({ action, args }) => actions[action](env, args)))
  return Response.json(results.map((result) => result ?? null))
})

app.onError((thrown) => {
  const error = asGatewayError(thrown)
  return Response.json(errorBody(error, 'native', 'r-1'), { status: error.status, headers: error.headers })
})

export default app
