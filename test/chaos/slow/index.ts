import type { Env } from '../../../src/config.ts'
import worker from '../../../src/index.ts'
import { JobFlow as FastFlow } from '../../../src/jobs/flow.ts'
import { Ledger as FastLedger } from '../../../src/jobs/ledger/ledger.ts'
import { Poller as FastPoller } from '../../../src/jobs/poller.ts'

export { Meter } from '../../../src/meter/object/meter.ts'
export { Registry } from '../../../src/meter/object/registry.ts'

/** The longest that one operation on Workers KV takes, and the longest that one call of an object takes. */
const KV_MS = 250
const OBJECT_MS = 150

const NAMESPACES = ['KEYS', 'CACHE'] as const
const OBJECTS = ['METER', 'REGISTRY', 'LEDGER', 'POLLER'] as const

let known: { from: Env; env: Env } | undefined

/** The gateway over bindings that each take a random time, whether a request, an object or a job uses them. */
export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) => worker.fetch(request, slow(env), context),
}

export class Ledger extends FastLedger {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, slow(env))
  }
}

export class Poller extends FastPoller {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, slow(env))
  }
}

export class JobFlow extends FastFlow {
  constructor(ctx: ExecutionContext, env: Env) {
    super(ctx, slow(env))
  }
}

function slow(from: Env): Env {
  if (known?.from === from) return known.env
  const kv = NAMESPACES.map((name) => [name, slowed(from[name], KV_MS)])
  const objects = OBJECTS.map((name) => [name, slowObjects(from[name])])
  const env = { ...from, ...Object.fromEntries([...kv, ...objects]) } as Env
  known = { from, env }
  return env
}

function slowObjects(namespace: DurableObjectNamespace): DurableObjectNamespace {
  return new Proxy(namespace, {
    get: (objects, name: keyof DurableObjectNamespace) => {
      if (name === 'getByName') return (id: string) => slowed(objects.getByName(id), OBJECT_MS)
      const member = objects[name]
      return typeof member === 'function' ? member.bind(objects) : member
    },
  })
}

function slowed<Binding extends object>(binding: Binding, mostMs: number): Binding {
  return new Proxy(binding, {
    get: (_, name) => {
      if (name === 'then') return undefined
      return async (...given: unknown[]) => {
        await scheduler.wait(Math.random() * mostMs)
        return (binding as Record<string | symbol, (...given: unknown[]) => unknown>)[name]?.(...given)
      }
    },
  })
}
