import { describe, expect, it } from 'vitest'
import { MEASURES, type Measures } from '../../src/meter/measures.ts'
import { type KeySums, report, toCsv, total } from '../../src/meter/usage-report.ts'
import { packedOf } from './object/rows-of.ts'

const NOTHING = Object.fromEntries(MEASURES.map((measure) => [measure, 0])) as Measures

/** What a meter says of one model and user of its key. */
function row({ key = 'key_1', ...fields }: Partial<Measures> & Record<string, unknown>): KeySums {
  const sums = { ...NOTHING, requests: 1, ...fields }
  return { ...packedOf(['model', 'user'], [sums]), key: String(key) }
}

const ROWS = [
  row({ key: 'key_2', model: 'qwen-plus', money: 100_000_000 }),
  row({ key: 'key_1', model: 'qwen-plus', money: 200_000_000, saved_money: 500_000_000 }),
  row({ key: 'key_1', model: 'qwen-max', input_tokens: 7 }),
]

describe('a report', () => {
  it('A report adds up usage by the requested columns, in order, with money in whole units.', () => {
    expect(report(ROWS, ['model'])).toEqual([
      { ...NOTHING, model: 'qwen-max', requests: 1, input_tokens: 7 },
      { ...NOTHING, model: 'qwen-plus', requests: 2, money: 0.3, saved_money: 0.5 },
    ])
    expect(report(ROWS, ['key', 'model']).map(({ key, model }) => `${key} ${model}`)).toEqual([
      'key_1 qwen-max',
      'key_1 qwen-plus',
      'key_2 qwen-plus',
    ])
  })

  it('Names that look alike when joined are not mixed up.', () => {
    const rows = [row({ model: 'a', user: 'b","c' }), row({ model: 'a","b', user: 'c' })]
    expect(report(rows, ['model', 'user'])).toHaveLength(2)
  })

  it('A report of nothing has no rows and a total of 0.', () => {
    expect(report([], ['day'])).toEqual([])
    expect(total([])).toEqual(NOTHING)
    expect(total(ROWS)).toMatchObject({ requests: 3, money: 0.3 })
  })

  it('A report stays exact over many small sums.', () => {
    const rows = Array.from({ length: 10_000 }, () => row({ money: 1000 }))
    expect(total(rows).money).toBe(0.01)
  })
})

describe('a report as CSV', () => {
  it('The CSV has a header, CRLF at the end of each line, and the currency.', () => {
    const csv = toCsv(report(ROWS.slice(0, 1), ['key', 'model']), ['key', 'model'], 'CNY')
    expect(csv).toBe(
      `key,model,${MEASURES.join(',')},currency\r\nkey_2,qwen-plus,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.1,0,0,CNY\r\n`,
    )
  })

  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1+1', "'  =1+1"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['＝1', "'＝1"],
    ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
    ['a=b', 'a=b'],
    ['通义', '通义'],
  ])('The user %j is written as %s', (user, cell) => {
    const csv = toCsv(report([row({ user })], ['user']), ['user'], 'CNY')
    expect(csv.slice(csv.indexOf('\r\n') + 2).startsWith(`${cell},1,`)).toBe(true)
  })
})
