import { describe, expect, it } from 'vitest'
import { keyList, record } from '../../scripts/edge/record-text.ts'
import { regrouped } from '../../scripts/edge/regroup.ts'
import { inOwnWords } from '../../scripts/edge/sentence.ts'
import { table } from '../../scripts/edge/table.ts'
import { reportText } from '../../scripts/edge/usage.ts'

describe('a table', () => {
  it('Words are aligned left and numbers right, and wide characters count twice.', () => {
    const rows = [
      ['web', '7'],
      ['商店', '1200'],
    ]
    expect(table(['name', 'n'], rows, { right: new Set([1]) })).toBe('NAME     N\nweb      7\n商店  1200')
  })

  it.each([
    ['an escape sequence', '\u001b[2Jboo'],
    ['a C1 control', '\u009b31mboo'],
    ['a new line', 'a\nkey_0000000000000000'],
    ['an override of the direction', 'a\u202eboo'],
  ])('A text with %s is shown as harmless text.', (_, hostile) => {
    const shown = table(['name'], [[hostile]])
    expect(shown.split('\n')).toHaveLength(2)
    expect(shown).not.toMatch(/[^\P{C}\n]/u)
    expect(shown).toContain('\ufffd')
  })
})

const NOW_MS = Date.parse('2026-11-28T12:00:00Z')

describe('a key', () => {
  const key = { id: 'key_1', name: 'web', created_at: '2026-11-24T12:00:00.000Z', cache_generation: 1 }

  it('A key is printed field by field.', () => {
    const fields = {
      ...key,
      origins: [],
      limits: { requests_per_minute: 60 },
      models: ['qwen-*', 'qwq-plus'],
    }
    expect(record(fields).split('\n')).toEqual([
      'id                          key_1',
      'name                        web',
      'created_at                  2026-11-24T12:00:00.000Z',
      'origins                     none',
      'limits.requests_per_minute  60',
      'models                      qwen-*, qwq-plus',
    ])
  })

  it('A key takes one line of the list.', () => {
    const limits = { requests_per_minute: 60, money_per_day: 1.5 }
    const [, line] = keyList([{ ...key, limits }], NOW_MS).split('\n')
    expect(line).toBe('key_1  web   active  never      all     rpm=60 money-day=1.5')
  })

  it.each([
    [{ disabled: true }, 'disabled'],
    [{ expires_at: '2027-01-31T00:00:00Z' }, 'until 2027-01-31'],
    [{ expires_at: '2026-01-31T00:00:00Z' }, 'ended 2026-01-31'],
  ])('A key with %j has the state "%s"', (fields, state) => {
    expect(keyList([{ ...key, ...fields }], NOW_MS)).toContain(`  ${state}  `)
  })

  it('A key with many models and limits is cut to 100 columns.', () => {
    const long = {
      ...key,
      id: 'key_0123456789abcdef',
      name: 'the web shop of the customer in Shanghai',
      expires_at: '2027-01-31T00:00:00Z',
      last_used_at: '2026-11-28T10:00:00Z',
      models: Array.from({ length: 20 }, (_, at) => `qwen-model-${at}`),
      limits: {
        requests_per_minute: 60,
        tokens_per_minute: 100_000,
        money_per_day: 1.5,
        tokens_per_day: 5_000_000,
      },
    }
    const lines = keyList([long], NOW_MS).split('\n')
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100)
    expect(lines[1]).toMatch(
      /^key_0123456789abcdef {2}.*… {2}until 2027-01-31 {2}2026-11-28 {2}qwen-model.*…/,
    )
  })
})

describe('a report', () => {
  const sums = { requests: 3, cache_hits: 0, input_tokens: 10, output_tokens: 20, left: 0, audio_tokens: 0 }
  const frame = { from: '2026-11-01', to: '2026-11-24', currency: 'CNY' }

  it('A report shows its dimensions, what was used, and the total.', () => {
    const row = { ...sums, left: 1, money: 0.0000125 }
    const report = { ...frame, group_by: ['model'], rows: [{ model: 'qwen-plus', ...row }], total: row }
    const [span, , head, line, last] = reportText(report).split('\n')
    expect(span).toBe('2026-11-01 to 2026-11-24, money in CNY')
    expect(head?.split(/\s+/)).toEqual('MODEL REQUESTS HITS INPUT OUTPUT DISCONNECTED MONEY'.split(' '))
    expect(line?.split(/\s+/)).toEqual(['qwen-plus', '3', '0', '10', '20', '1', '0.000013'])
    expect(last).toMatch(/^total /)
  })

  it('A report fits into 100 columns and names the columns that it omits.', () => {
    const names = ['reasoning_tokens', 'cached_tokens', 'saved_money', 'images', 'pages']
    const row = { ...sums, money: 1, ...Object.fromEntries(names.map((name) => [name, 1_000_000])) }
    const model = 'a-model-with-a-very-long-name-that-is-tedious-to-type-by-hand-2026-11-28-preview'
    const report = {
      ...frame,
      group_by: ['model', 'user'],
      rows: [{ model, user: 'u'.repeat(80), ...row }],
      total: row,
    }
    const text = reportText(report)
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100)
    expect(text).toMatch(/More columns with --csv: .*pages$/)
  })

  it('A report of certain regions adds up the remaining rows.', () => {
    const rows = [
      { model: 'a', region: 'beijing', requests: 1 },
      { model: 'a', region: 'singapore', requests: 2 },
      { model: 'b', region: 'beijing', requests: 4 },
    ]
    const report = { ...frame, group_by: ['model', 'region'], rows, total: { requests: 7 } }
    expect(regrouped(report, { region: 'beijing' }, ['model'])).toMatchObject({
      group_by: ['model'],
      rows: [
        { model: 'a', requests: 1 },
        { model: 'b', requests: 4 },
      ],
      total: { requests: 5 },
    })
  })

  it('A report says that nothing was used.', () => {
    const report = { ...frame, group_by: ['day'], rows: [], total: { ...sums, money: 0 } }
    expect(reportText(report)).toContain('There was no usage.')
  })
})

describe('a refusal', () => {
  it.each([
    ['limits.requests_per_minute: expected a number.', '--rpm: expected a number.'],
    ['user_limits.money_per_day: expected a number.', '--user-money-day: expected a number.'],
    ['caps.enable_search: expected false.', '--no-search: expected false.'],
    [
      'mint.turnstile.hostnames: expected a name, got nothing.',
      '--turnstile-host: expected a name, got nothing.',
    ],
    ['origins[1]: expected an origin.', '--origin (entry 2): expected an origin.'],
    ['group_by: expected some of key, day.', '--by: expected some of key, day.'],
    [
      'from: expected a day that is not after "to" (2026-11-24).',
      '--from: expected a day that is not after --to (2026-11-24).',
    ],
    [
      'There is no such key. GET /edge/keys lists them.',
      'There is no such key. npm run edge -- keys list shows them.',
    ],
    ['mint.budget: expected an object.', 'mint.budget: expected an object.'],
    ['The models are gone.', 'The models are gone.'],
  ])('The refusal "%s" becomes "%s"', (sentence, told) => {
    expect(inOwnWords(sentence)).toBe(told)
  })
})
