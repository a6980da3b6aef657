import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readSettings, variablesOfEveryRegion, WORKER_VARIABLES } from '../../scripts/settings.ts'
import { REGIONS } from '../../src/dashscope/regions.ts'
import { readTargets } from '../../src/dashscope/targets.ts'

describe('variablesOfEveryRegion', () => {
  it.each(['', 'tokyo', 'Beijing, singapore', REGIONS.join(',')])(
    'Per region, REGIONS="%s" leads to one host.',
    (regions) => {
      const address = 'http://127.0.0.1:1'
      const targets = readTargets({ REGIONS: regions, ...variablesOfEveryRegion(address, 'sk-1') })
      expect(new Set(targets.map(({ baseUrl }) => baseUrl))).toEqual(new Set([address]))
    },
  )
})

describe('readSettings', () => {
  it.each([
    ['nothing', {}, 8787, true, {}],
    ['empty values', { PORT: ' ', DASHSCOPE_API_KEY: '', ADMIN_TOKEN: '' }, 8787, true, {}],
    ['a key', { DASHSCOPE_API_KEY: ' sk-1 ' }, 8787, false, { DASHSCOPE_API_KEY: 'sk-1' }],
    [
      'a key and a host',
      { DASHSCOPE_API_KEY: 'sk-1', DASHSCOPE_BASE_URL: 'http://127.0.0.1:1' },
      8787,
      false,
      { DASHSCOPE_API_KEY: 'sk-1', DASHSCOPE_BASE_URL: 'http://127.0.0.1:1' },
    ],
    [
      'other variables',
      { PORT: '0', CACHE_TTL_SECONDS: '0', HOME: '/root' },
      0,
      true,
      { CACHE_TTL_SECONDS: '0' },
    ],
    ['the last port', { PORT: '65535' }, 65_535, true, {}],
  ])('The settings are read from %s', (_what, environment, port, emulated, variables) => {
    expect(readSettings(environment)).toEqual({
      host: '127.0.0.1',
      port,
      emulated,
      state: '.wrangler/state/edge',
      variables,
    })
  })

  it.each([
    [{}, '.wrangler/state/edge'],
    [{ EDGE_STATE_DIRECTORY: ' ' }, '.wrangler/state/edge'],
    [{ EDGE_STATE_DIRECTORY: '/var/lib/edge' }, '/var/lib/edge'],
  ])('The directory that outlives a restart is as %j says: %s', (environment, state) => {
    expect(readSettings(environment).state).toBe(state)
  })

  it('The keys and hosts of all regions are passed on.', () => {
    const variables = {
      DASHSCOPE_API_KEY: 'sk-1',
      DASHSCOPE_API_KEY_TOKYO: 'sk-2',
      DASHSCOPE_BASE_URL_TOKYO: 'x',
    }
    expect(readSettings({ ...variables, DASHSCOPE_API_KEY_MARS: 'sk-3' }).variables).toEqual(variables)
  })

  it.each(['65536', '-1', '80.5', '0x50', 'http', '1e3'])('The port %s is refused.', (port) => {
    expect(() => readSettings({ PORT: port })).toThrow(`PORT is "${port}" but must be a whole number`)
  })

  it.each(['DASHSCOPE_BASE_URL', 'DASHSCOPE_API_KEY_SINGAPORE', 'DASHSCOPE_BASE_URL_TOKYO'])(
    'The variable %s is refused without the key of the first region.',
    (name) => {
      const sentence = new RegExp(
        `^${name} is set but DASHSCOPE_API_KEY is not\\. .*, or unset ${name} to start`,
      )
      expect(() => readSettings({ [name]: 'x', REGIONS: 'beijing,singapore' })).toThrow(sentence)
    },
  )

  it('Every variable that the Worker reads is explained in .env.example.', async () => {
    const example = await readFile('.env.example', 'utf8')
    for (const name of WORKER_VARIABLES) expect(example).toMatch(new RegExp(`^# ${name}=`, 'm'))
  })
})
