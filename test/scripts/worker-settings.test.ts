import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyNames, readVars, requireReadable, type Values } from '../../scripts/worker-settings.ts'

const SECRETS = { DASHSCOPE_API_KEY: 'sk-1', ADMIN_TOKEN: 'sixteen-letters-or-more' }

describe('[vars]', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-vars-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  async function read(lines: string): Promise<Values> {
    const config = join(directory, 'wrangler.toml')
    await writeFile(config, `name = "edge"\nmain = "index.js"\n[vars]\n${lines}\n`)
    return readVars(config)
  }

  it('The variables are read as texts.', async () => {
    expect(await read('REGIONS = "beijing, singapore" # both\n# ROUTE = "nearest"')).toEqual({
      REGIONS: 'beijing, singapore',
    })
    expect(await read('')).toEqual({})
  })

  it.each(['CACHE_TTL_SECONDS = 3600', 'HEDGE = true', 'PRICES = { a = 1 }'])(
    'The variables are refused with %s, which the Worker could not read.',
    async (line) => {
      const [name] = line.split(' ')
      await expect(read(line)).rejects.toThrow(new RegExp(`^${name} in .* must be a string\\. Put its value`))
    },
  )

  it('The variables of the repository can be read by the Worker.', () => {
    expect(() => requireReadable(readVars('wrangler.toml'), [], SECRETS)).not.toThrow()
  })

  it('A deployment keeps the variables that were set in the dashboard.', async () => {
    expect(await readFile('wrangler.toml', 'utf8')).toMatch(/^keep_vars = true$/m)
  })
})

it.each([
  ['', ['DASHSCOPE_API_KEY']],
  ['singapore', ['DASHSCOPE_API_KEY']],
  [
    'beijing, Singapore,tokyo',
    ['DASHSCOPE_API_KEY', 'DASHSCOPE_API_KEY_SINGAPORE', 'DASHSCOPE_API_KEY_TOKYO'],
  ],
])('REGIONS = "%s" needs the keys %j', (regions, names) => {
  expect(keyNames({ REGIONS: regions })).toEqual(names)
})

it('An unknown region is named.', () => {
  expect(() => keyNames({ REGIONS: 'mars' })).toThrow(/REGIONS holds "mars"; .* Nothing was deployed\.$/)
})

describe('what the Worker will be given', () => {
  it.each<[string, Values, string[], Values]>([
    ['both secrets', {}, [], SECRETS],
    ['secrets that it has', {}, Object.keys(SECRETS), {}],
    [
      'the key of a further region',
      { REGIONS: 'beijing,singapore' },
      ['DASHSCOPE_API_KEY_SINGAPORE'],
      SECRETS,
    ],
    [
      'the host of a region as a secret',
      { REGIONS: 'beijing,tokyo' },
      ['DASHSCOPE_BASE_URL_TOKYO'],
      { ...SECRETS, DASHSCOPE_API_KEY_TOKYO: 'sk-2' },
    ],
  ])("The Worker's settings are readable with %s", (_what, vars, present, gathered) => {
    expect(() => requireReadable(vars, present, gathered)).not.toThrow()
  })

  it.each<[string, Values, string[], Values]>([
    ['DASHSCOPE_API_KEY', {}, [], {}],
    ['DASHSCOPE_API_KEY_SINGAPORE', { REGIONS: 'beijing,singapore' }, [], SECRETS],
    ['DASHSCOPE_BASE_URL_TOKYO', { REGIONS: 'beijing,tokyo' }, ['DASHSCOPE_API_KEY_TOKYO'], SECRETS],
    ['MAX_BODY_BYTES', { MAX_BODY_BYTES: 'lots' }, [], SECRETS],
    ['ADMIN_TOKEN', {}, [], { ...SECRETS, ADMIN_TOKEN: 'sixteen-letters,or-more' }],
  ])("The Worker's settings are refused, and the message names %s", (name, vars, present, gathered) => {
    const sentence = new RegExp(`^The gateway is not set up: ${name} .*\\. Nothing was deployed\\.$`)
    expect(() => requireReadable(vars, present, gathered)).toThrow(sentence)
  })
})
