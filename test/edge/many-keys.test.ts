import { Hono } from 'hono/tiny'
import { expect, it } from 'vitest'
import { edge } from '../../src/edge/router.ts'
import { MEASURES } from '../../src/meter/measures.ts'
import type { AppEnv } from '../../src/proxy/exchange.ts'

const ADMIN_TOKEN = 'correct-horse-battery'
const KEYS = 10_000

/** Subrequests that one request may make on Cloudflare's Free plan. */
const FREE_SUBREQUESTS = 50

const NOTHING = { by: [], names: [], sums: new Float64Array() }

/** The usage of one request, as a meter sends it. */
const ONE_REQUEST = {
  by: [],
  names: [[]],
  sums: Float64Array.from(MEASURES, (measure) => Number(measure === 'requests')),
}

/** A deployment with ten thousand keys, which counts the calls to its Durable Objects. */
function deployment(keys = KEYS, failing: readonly string[] = []) {
  const calls: string[] = []
  const name = (number: number) => ({
    id: `key_${number.toString(16).padStart(16, '0')}`,
    name: `key ${number}`,
  })
  const registry = {
    recent: async (count: number) => ({
      keys: Array.from({ length: Math.min(count, keys) }, (_, at) => name(at)),
      of: keys,
    }),
    names: async () => Array.from({ length: KEYS }, (_, at) => name(at)),
    totals: async () => NOTHING,
    keyTotals: async () => [],
  }
  const meter = { usage: async () => ONE_REQUEST, latency: async () => [], errors: async () => [] }
  const counted = (kind: string, object: object) => ({
    getByName: (id: string) =>
      new Proxy(object, {
        get:
          (target, verb) =>
          (...given: unknown[]) => {
            calls.push(`${kind}.${String(verb)}`)
            if (failing.includes(id)) throw new Error('The meter is away.')
            return Reflect.get(target, verb)(...given)
          },
      }),
  })
  const env = {
    ADMIN_TOKEN,
    DASHSCOPE_API_KEY: 'sk-upstream',
    KEYS: {},
    REGISTRY: counted('registry', registry),
    METER: counted('meter', meter),
  }
  const app = new Hono<AppEnv>()
  app.route('/edge', edge)
  const ask = (path: string) =>
    app.request(
      `https://gateway.example/edge${path}`,
      { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } },
      env,
    )
  return { calls, ask }
}

it.each([
  'key',
  'user',
  'model',
  'day',
  'endpoint',
  'region',
  'hour',
  'key,model,day',
  'key,user,model,day',
  'endpoint,region,hour',
])('A report by %s over 10,000 keys is answered within the subrequests of the Free plan.', async (by) => {
  const { calls, ask } = deployment()
  const response = await ask(`/usage?group_by=${by}&from=2026-11-01&to=2026-11-01`)
  expect(response.status).toBe(200)
  expect(calls.length).toBeGreaterThan(0)
  expect(calls.length).toBeLessThanOrEqual(FREE_SUBREQUESTS)
})

it.each(['/latency', '/errors'])('GET %s over 10,000 keys stays within them too.', async (path) => {
  const { calls, ask } = deployment()
  expect((await ask(path)).status).toBe(200)
  expect(calls.length).toBeLessThanOrEqual(FREE_SUBREQUESTS)
})

it('A meter that fails is named, and the usage of the other keys is shown.', async () => {
  const [away, there] = ['key_0000000000000000', 'key_0000000000000001']
  const { ask } = deployment(3, [away])
  const day = '&from=2026-11-01&to=2026-11-01'
  const report = await ask(`/usage?group_by=key${day}`)
  expect([report.status, await report.json()]).toMatchObject([
    200,
    { failed: [away], rows: [{ key: there, requests: 1 }, { requests: 1 }], total: { requests: 2 } },
  ])
})
