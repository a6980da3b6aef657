import { expect, it } from 'vitest'
import { readOutline } from '../../../src/lib/json/outline.ts'
import { bytesOf } from '../../../src/lib/json/utf8.ts'

const LONG = 'x'.repeat(300)

it.each([
  ['short values', '{"a":"b","c":[1,true,null]}'],
  ['a long string', `["${LONG}","y"]`],
  ['an escape after a long run', `["${LONG}\\"${LONG}\\\\","y"]`],
  ['an escape of another encoding', `["${LONG}\\u0041${LONG}","${LONG}\\/"]`],
  ['escapes at the end of a long string', `["${LONG}\\\\\\"","${LONG}\\\\"]`],
  ['characters of several bytes', `["${'你'.repeat(300)}","${LONG}é\\"${LONG}"]`],
  ['a byte order mark', `\ufeff["${LONG}",1]`],
])('The outline of %s is the same whether bytes or text are searched.', (_, text) => {
  const bytes = bytesOf(text)
  const { count, starts, ends, respelled } = readOutline(bytes)
  const positions = { count, starts: [...starts], ends: [...ends], respelled: [...respelled] }
  const other = readOutline(bytes, text.replace('\ufeff', ''))
  expect({
    count: other.count,
    starts: [...other.starts],
    ends: [...other.ends],
    respelled: [...other.respelled],
  }).toEqual(positions)
  expect(count).toBeGreaterThan(2)
})

it.each([`["${LONG}`, `["${LONG}\\"`, `["${LONG}\\`])('A string that does not end is refused.', (text) => {
  expect(() => readOutline(bytesOf(text), text)).toThrow(/ends inside a string/)
})
