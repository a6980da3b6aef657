import { Hono } from 'hono/tiny'
import { health } from '../../../src/admin/health.ts'
import type { Env } from '../../../src/config.ts'
import { asGatewayError, errorBody } from '../../../src/errors.ts'
import worker from '../../../src/index.ts'

export { Meter } from '../../../src/meter/meter.ts'

/** Names of bindings, separated by commas, that throw when they are used. */
interface SickEnv extends Env {
  SICK?: string
}

const app = new Hono<{ Bindings: SickEnv }>()
app.route('/edge', health)
app.all('*', (c) => worker.fetch(c.req.raw, c.env, c.executionCtx as ExecutionContext))
app.onError((thrown) => {
  const error = asGatewayError(thrown)
  return Response.json(errorBody(error, 'native', 'r-1'), { status: error.status })
})

/** The gateway with bindings that fail as the variable says. */
export default {
  fetch: (request: Request, env: SickEnv, context: ExecutionContext) =>
    app.fetch(request, withFaults(env), context),
}

function withFaults(env: SickEnv): SickEnv {
  const sick = (env.SICK ?? '').split(',').filter(Boolean)
  return { ...env, ...Object.fromEntries(sick.map((name) => [name, failing()])) }
}

function failing(): object {
  return new Proxy(
    {},
    {
      get: () => () => {
        throw new Error('This binding fails on purpose.')
      },
    },
  )
}
