import { expect, it } from 'vitest'
import { type Env, readConfig, requireBindings, unknownVariables } from '../src/config.ts'

const BINDINGS = { KEYS: {}, CACHE: {}, METER: {}, REGISTRY: {} }

it('A Worker with all needed bindings passes.', () => {
  expect(() => requireBindings(BINDINGS as unknown as Env)).not.toThrow()
})

it.each(['KEYS', 'CACHE', 'METER', 'REGISTRY'])(
  'A Worker without the binding %s says so and how to fix it.',
  (name) => {
    const env = { ...BINDINGS, [name]: undefined } as unknown as Env
    expect(() => requireBindings(env)).toThrow(
      expect.objectContaining({
        reason: 'internal',
        message: expect.stringContaining(`no binding ${name}. Put it back into wrangler.toml`),
      }),
    )
  },
)

it('Variables that the Worker does not read are reported, and regional ones are known.', () => {
  const names = ['CACHE_TTL', 'CACHE_TTL_SECONDS', 'DASHSCOPE_APIKEY', 'DASHSCOPE_API_KEY_TOKYO', 'toString']
  expect(unknownVariables(names)).toEqual(['CACHE_TTL', 'DASHSCOPE_APIKEY', 'toString'])
})

it('A misspelt variable that is not a string does not stop the gateway.', () => {
  const env = { DASHSCOPE_API_KEY: 'sk-1', CACHE_TTL: 60 } as unknown as Env
  expect(readConfig(env).cacheTtlSeconds).toBe(3600)
})
