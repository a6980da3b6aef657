import type { Env } from '../../../src/config.ts'
import worker from '../../../src/index.ts'

export * from '../../../src/index.ts'

/** What is to fail in a binding: every call throws, or none ever answers. */
interface FaultyEnv extends Env {
  CACHE_FAULT?: 'throws' | 'hangs'
  KEYS_FAULT?: 'throws'
  METER_FAULT?: 'throws' | 'throws-later'
}

let broken: { from: FaultyEnv; env: Env } | undefined

/** The gateway over bindings that fail as the variables say. */
export default {
  fetch(request: Request, from: FaultyEnv, context: ExecutionContext) {
    if (broken?.from !== from) broken = { from, env: withFaults(from) }
    // The operator's endpoints keep working, so that a test can issue keys before a fault is felt.
    const env = new URL(request.url).pathname.startsWith('/edge/') ? from : broken.env
    return worker.fetch(request, env, context)
  },
}

function withFaults(env: FaultyEnv): Env {
  return {
    ...env,
    CACHE: env.CACHE_FAULT ? failing(env.CACHE, env.CACHE_FAULT) : env.CACHE,
    KEYS: env.KEYS_FAULT ? failing(env.KEYS, env.KEYS_FAULT) : env.KEYS,
    METER: env.METER_FAULT ? failingMeter(env.METER, env.METER_FAULT) : env.METER,
  }
}

/** With `throws-later` the first call works. */
function failingMeter(meter: Env['METER'], fault: 'throws' | 'throws-later'): Env['METER'] {
  const broken = failing(meter, 'throws')
  if (fault === 'throws') return broken
  let calls = 0
  return new Proxy(meter, {
    get: (_, name) => Reflect.get(calls++ === 0 ? meter : broken, name).bind(meter),
  })
}

function failing<Binding extends object>(binding: Binding, fault: 'throws' | 'hangs'): Binding {
  return new Proxy(binding, {
    get: () => () => {
      if (fault === 'throws') throw new Error('This binding fails on purpose.')
      return new Promise(() => undefined)
    },
  })
}
