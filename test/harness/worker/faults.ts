import type { Env } from '../../../src/config.ts'

/** What fails in the bindings: every call throws, or none responds. */
export interface Faults {
  CACHE_FAULT?: 'throws' | 'hangs'
  KEYS_FAULT?: 'throws'
  METER_FAULT?: 'throws' | 'throws-later'
  /** Names of bindings, separated by commas, that also fail for the operator. */
  SICK?: string
}

let broken: { from: Env; forCallers: Env; forOperator: Env } | undefined

/** The bindings that a request gets; the same object for all of its kind, since the gateway memoizes by it. */
export function withFaults(env: Env & Faults, pathname: string): Env {
  const { CACHE_FAULT, KEYS_FAULT, METER_FAULT, SICK } = env
  if (!CACHE_FAULT && !KEYS_FAULT && !METER_FAULT && !SICK) return env
  if (broken?.from !== env) {
    const forOperator = withSick(env)
    broken = { from: env, forCallers: withFailing(forOperator, env), forOperator }
  }
  // The operator's endpoints keep working, so that a test can issue keys before a fault is felt.
  return pathname.startsWith('/edge/') ? broken.forOperator : broken.forCallers
}

function withSick(env: Env & Faults): Env {
  const sick = (env.SICK ?? '').split(',').filter(Boolean)
  return { ...env, ...Object.fromEntries(sick.map((name) => [name, failing({}, 'throws')])) }
}

function withFailing(env: Env, { CACHE_FAULT, KEYS_FAULT, METER_FAULT }: Faults): Env {
  return {
    ...env,
    CACHE: CACHE_FAULT ? failing(env.CACHE, CACHE_FAULT) : env.CACHE,
    KEYS: KEYS_FAULT ? failing(env.KEYS, KEYS_FAULT) : env.KEYS,
    METER: METER_FAULT ? failingMeter(env.METER, METER_FAULT) : env.METER,
  }
}

/** With `throws-later` the first call works. */
function failingMeter(meter: Env['METER'], fault: 'throws' | 'throws-later'): Env['METER'] {
  const failingNow = failing(meter, 'throws')
  if (fault === 'throws') return failingNow
  let calls = 0
  return new Proxy(meter, {
    get: (_, name) => Reflect.get(calls++ === 0 ? meter : failingNow, name).bind(meter),
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
