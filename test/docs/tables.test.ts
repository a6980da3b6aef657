import { globSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MEANINGS } from '../../scripts/edge/policy-flag-help.ts'
import { SWITCHES, VALUE_FLAGS } from '../../scripts/edge/policy-flags.ts'
import { VARIABLES } from '../../src/config.ts'
import { endpointNames, findEndpoint } from '../../src/dashscope/endpoints.ts'
import { priceList } from '../../src/dashscope/price-list.ts'
import { REGION, REGIONS, sharedHostOf } from '../../src/dashscope/regions.ts'
import { errorBody, GatewayError, type Reason } from '../../src/errors.ts'
import type { Variable } from '../../src/lib/variables.ts'
import { MEASURES } from '../../src/meter/measures.ts'
import type { Caps, Limits } from '../../src/policy/key-record.ts'
import { policyFields } from '../../src/policy/schema/key.ts'
import { codesIn, namesIn, type Page, readPage, rowsUnder, textOf } from './pages.ts'

const ROOT = join(import.meta.dirname, '../..')

// The type checker refuses these lists when one of them lacks a name.

const REASONS = Object.keys({
  invalid: true,
  unauthenticated: true,
  badSignature: true,
  denied: true,
  modelDenied: true,
  notFound: true,
  wrongMethod: true,
  conflict: true,
  tooLarge: true,
  mediaType: true,
  idempotencyMismatch: true,
  upgradeRequired: true,
  rateLimited: true,
  quotaExhausted: true,
  internal: true,
  upstream: true,
  unavailable: true,
  notCached: true,
  timeout: true,
} satisfies Record<Reason, true>) as Reason[]

const CAPS = Object.keys({
  max_tokens: true,
  n: true,
  thinking_budget: true,
  media_parts: true,
  media_bytes: true,
  upload_bytes: true,
  upload_types: true,
  enable_thinking: true,
  enable_search: true,
  tools: true,
  session_seconds: true,
  audio_seconds: true,
} satisfies Record<keyof Caps, true>)

const LIMITS = Object.keys({
  requests_per_minute: true,
  tokens_per_minute: true,
  requests_in_flight: true,
  tokens_per_day: true,
  tokens_per_month: true,
  money_per_day: true,
  money_per_month: true,
  audio_seconds_per_day: true,
  characters_per_day: true,
} satisfies Record<keyof Limits, true>)

const LANGUAGES: readonly (readonly [folder: string, header: Readonly<Record<string, string>>])[] = [
  [
    'docs',
    {
      name: 'name',
      kind: 'kind',
      variable: 'variable',
      status: 'status',
      host: 'shared host',
      flag: 'flag',
      field: 'field',
      cap: 'cap',
      limit: 'limit',
      column: 'column',
      folder: 'folder',
      method: 'method and path',
    },
  ],
  [
    'docs/zh',
    {
      name: '名称',
      kind: '种类',
      variable: '变量',
      status: '状态码',
      host: '公共主机',
      flag: '参数',
      field: '字段',
      cap: '上限',
      limit: '限额',
      column: '列',
      folder: '目录',
      method: '方法与路径',
    },
  ],
]

describe.each(LANGUAGES)('In %s', (folder, header) => {
  const page = (name: string): Page => readPage(`${folder}/${name}.md`)
  const h = (name: string): string => header[name] ?? ''

  test('The table of endpoints is the one in the code.', () => {
    const rows = rowsUnder(page('endpoints'), h('name'), h('method'))
    expect(namesIn(rows)).toEqual(endpointNames)
    for (const [name = '', route = '', cached] of rows) {
      const [method = '', path = ''] = codesIn(route)[0]?.split(' ') ?? []
      const found = findEndpoint(method, (path.split('?')[0] ?? '').replaceAll(/\{\w+\}/g, 'some-id'))
      expect(found).toMatchObject({ kind: 'endpoint', endpoint: { name: codesIn(name)[0] } })
      const cacheable = found.kind === 'endpoint' && found.endpoint.cacheable
      expect(['yes', '是'].includes(cached ?? ''), name).toBe(cacheable)
    }
  })

  test('The table of errors is the one in the code.', () => {
    const rows = rowsUnder(page('errors'), 'reason', h('status'))
    expect(namesIn(rows)).toEqual(REASONS)
    for (const [reason = '', status, native, compatible, anthropic] of rows) {
      const error = new GatewayError(codesIn(reason)[0] as Reason, '')
      expect([status, native, compatible, anthropic]).toEqual([
        String(error.status),
        `\`${errorBody(error, 'native', '').code}\``,
        `\`${Object(errorBody(error, 'compatible', '').error).code}\``,
        `\`${Object(errorBody(error, 'anthropic', '').error).type}\``,
      ])
    }
  })

  test('The table of variables has every variable with its kind, bounds and default.', () => {
    const rows = rowsUnder(page('configuration'), h('name'), h('kind'))
    const own = rows.filter(([name]) => !name?.includes('<REGION>'))
    expect(namesIn(own.map(([name = '']) => [name])).toSorted()).toEqual(Object.keys(VARIABLES).toSorted())
    for (const [name = '', kind, type = '', fallback = ''] of own) {
      const variable = VARIABLES[codesIn(name)[0] as keyof typeof VARIABLES] as Variable<unknown>
      expect(kind, name).toBe(variable.kind === 'secret' ? 'secret' : h('variable'))
      expectValues(variable, type, codesIn(fallback)[0], name)
    }
  })

  test('The table of regions has every region with its host and currency.', () => {
    const rows = rowsUnder(page('regions'), h('name'), h('host'))
    expect(namesIn(rows)).toEqual(REGIONS)
    for (const region of REGIONS) {
      const [, host = '', currency = ''] = rows[REGIONS.indexOf(region)] ?? []
      expect(codesIn(host)[0]).toBe(sharedHostOf(region))
      expect(currency).toBe(REGION[region].currency)
    }
  })

  test('The fields of a key, its caps and its limits are those of the schemas.', () => {
    const keys = page('keys-and-policies')
    const fields = rowsUnder(keys, h('field'))
    expect(namesIn(fields).toSorted()).toEqual(['name', ...policyFields].toSorted())
    expect(namesIn(rowsUnder(keys, h('cap')))).toEqual(CAPS)
    expect(namesIn(rowsUnder(page('limits-and-usage'), h('limit')))).toEqual(LIMITS)
  })

  test('The table of flags has every flag with its field.', () => {
    const rows = rowsUnder(page('keys-and-policies'), h('flag'), h('field'))
    const listed = rows.map(([flag = '', field = '']) => `${codesIn(flag)[0]} ${codesIn(field)[0]}`)
    const flags = [...VALUE_FLAGS, ...SWITCHES].filter(({ flag }) => !flag.startsWith('user-'))
    const defined = flags.map(({ flag, path }) => `--${flag} ${path.join('.')}`)
    expect(listed.filter((line) => !line.startsWith('--user-')).toSorted()).toEqual(defined.toSorted())
  })

  test('The help explains every flag.', () => {
    const flags = [...VALUE_FLAGS, ...SWITCHES].map(({ flag }) => flag)
    const explained = flags.filter((flag) => !flag.startsWith('user-'))
    expect(Object.keys(MEANINGS).toSorted()).toEqual(explained.toSorted())
  })

  test('The table of usage columns has every column.', () => {
    expect(namesIn(rowsUnder(page('limits-and-usage'), h('column')))).toEqual(MEASURES)
  })

  test('The table of prices has every unit.', () => {
    const { units } = priceList({ currency: 'CNY', overrides: {} }, 'beijing')
    expect(namesIn(rowsUnder(page('limits-and-usage'), h('field')).map(([first = '']) => [first]))).toEqual(
      Object.keys(units),
    )
  })

  test('The table of folders has every folder of src.', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )
    const rows = namesIn(rowsUnder(page('architecture'), h('folder')))
    expect(rows.filter((name) => name.startsWith('src/')).toSorted()).toEqual(
      folders.map(({ name }) => `src/${name}`).toSorted(),
    )
  })

  test('The page about storage has every table of the Durable Objects.', () => {
    const sources = globSync('src/**/*.ts', { cwd: ROOT }).map(textOf)
    const created = sources.flatMap((text) => [...text.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)])
    const documented = codesIn(page('storage').prose)
    const tables = [...new Set(created.map(([, table = '']) => table))].filter((table) => table !== 'schema')
    expect(tables.filter((table) => !documented.includes(table))).toEqual([])
  })

  test('The table of commands has every npm script.', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
    const documented = namesIn(rowsUnder(page('development'), folder === 'docs' ? 'command' : '命令'))
    const missing = Object.keys(scripts).filter(
      (name) => !documented.includes(`npm run ${name}`) && !documented.includes(`npm ${name}`),
    )
    expect(missing).toEqual([])
  })

  test('The table of packages has every package.', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<string, object>
    const documented = namesIn(rowsUnder(page('development'), folder === 'docs' ? 'package' : '依赖包'))
    const installed = Object.keys({ ...dependencies, ...devDependencies })
    expect(documented.filter((name) => name !== 'zod/mini').toSorted()).toEqual(installed.toSorted())
  })
})

/** Compares what a row says of a variable with what the variable accepts: `1 to 60`, or words between backquotes. */
function expectValues(variable: Variable<unknown>, type: string, fallback: string | undefined, name: string) {
  const bounds = /^(\d+) (?:to|到) (\d+)$/.exec(type)
  if (bounds) {
    const [from, to] = bounds.slice(1).map(Number)
    for (const number of [from, to]) expect(variable.read(String(number)), name).toBe(number)
    for (const number of [Number(from) - 1, Number(to) + 1]) {
      expect(() => variable.read(String(number)), name).toThrow()
    }
    expect(variable.read(undefined), name).toBe(/^\d/.test(fallback ?? '') ? Number(fallback) : undefined)
  } else if (type.startsWith('`')) {
    expect(variable.read(undefined), name).toBe(fallback)
    for (const word of codesIn(type)) expect(variable.read(word), name).toBe(word)
    expect(() => variable.read('sometimes'), name).toThrow()
  }
}
