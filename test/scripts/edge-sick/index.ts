import type { Env } from '../../../src/config.ts'
import worker from '../../../src/index.ts'

export * from '../../../src/index.ts'

/** Names of bindings, separated by commas, that throw when they are used: for the operator's endpoints as well. */
interface SickEnv extends Env {
  SICK?: string
}

/** The gateway with bindings that fail as the variable says. */
export default {
  fetch: (request: Request, env: SickEnv, context: ExecutionContext) =>
    worker.fetch(request, withFaults(env), context),
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
