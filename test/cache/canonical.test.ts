import { describe, expect, test } from 'vitest'
import type { OmitMember } from '../../src/cache/canonical.ts'
import { canonicalize } from '../../src/cache/canonical.ts'
import { readOutline } from '../../src/lib/json/outline.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'

const MEBIBYTE = 1024 * 1024

function piecesOf(text: string, omit?: OmitMember): Uint8Array[] {
  const pieces: Uint8Array[] = []
  canonicalize(readOutline(bytesOf(text)), (piece) => pieces.push(Uint8Array.from(piece)), omit)
  return pieces
}

function formOf(text: string, omit?: OmitMember): string {
  return Buffer.concat(piecesOf(text, omit)).toString()
}

describe('the canonical form', () => {
  test.each([
    ['an empty text', '', ''],
    ['an empty object', ' { } ', '{}'],
    ['empty containers inside', '{"b":[ ],"a":{ }}', '{"a":{},"b":[]}'],
    ['a scalar at the top', ' \t\r\n true ', 'true'],
    ['a string at the top', '"\\u0061"', '"a"'],
    ['nested objects', '{"b":{"d":1,"c":2},"a":3}', '{"a":3,"b":{"c":2,"d":1}}'],
    ['an array, whose order stays', '[3, 1, {"b":1,"a":[2, 1]}]', '[3,1,{"a":[2,1],"b":1}]'],
    ['values after a container', '{"z":[[1],2],"a":[{"k":1},3]}', '{"a":[{"k":1},3],"z":[[1],2]}'],
    ['a prefix before the longer key', '{"ab":1,"a":2,"":3}', '{"":3,"a":2,"ab":1}'],
    ['keys by code point', '{"😀":2,"\uff5e":1}', '{"\uff5e":1,"😀":2}'],
    ['a byte order mark', '\ufeff{"b":1, "a":2}', '{"a":2,"b":1}'],
    [
      'numbers before what is too long to be copied',
      `[1,"${'x'.repeat(40_000)}"]`,
      `[1,"${'x'.repeat(40_000)}"]`,
    ],
    ['keys by what they say', '{"\\u0062":1,"a":2}', '{"a":2,"b":1}'],
    ['brackets and commas inside strings', '{"b":"]},{[","a":"\\"}"}', '{"a":"\\"}","b":"]},{["}'],
    ['backslashes before a closing quote', '["\\\\","\\\\\\"",""]', '["\\\\","\\\\\\"",""]'],
    ['numbers as written', '[1, 1.0, 1e0, -0, 1E+2]', '[1,1.0,1e0,-0,1E+2]'],
    ['numbers beyond 2^53', '[9007199254740993,9007199254740992]', '[9007199254740993,9007199254740992]'],
    ['__proto__ like every other key', '{"a":1,"__proto__":{"b":2}}', '{"__proto__":{"b":2},"a":1}'],
    ['duplicate keys in their order', '{"b":0,"a":2,"\\u0061":1}', '{"a":2,"a":1,"b":0}'],
  ])('The canonical form is right for %s', (_, text, form) => {
    expect(formOf(text)).toBe(form)
  })

  test.each([
    ['"\\u4f60"', '"你"'],
    ['"\\u4F60"', '"你"'],
    ['"\\/"', '"/"'],
    ['"\\u000a"', '"\\n"'],
    ['"\\ud83d\\ude00"', '"😀"'],
    ['"\\uD83D\\uDE00"', '"😀"'],
    ['"\\uD800"', '"\\ud800"'],
    ['"\\uDC00x"', '"\\udc00x"'],
  ])('%s and %s have the same canonical form.', (one, other) => {
    expect(formOf(one)).toBe(formOf(other))
  })

  test('Lone surrogates differ from each other and from U+FFFD.', () => {
    const texts = ['"\\ud800"', '"\\ud801"', '"\\udc00"', '"\ufffd"', '"\\ufffd\\ud800"', '"\\ud800\ufffd"']
    expect(new Set(texts.map((text) => formOf(text))).size).toBe(texts.length)
  })
})

describe('left out members', () => {
  test('Omission is decided at depth 1 and 2 of objects, for words and objects, with the token as written.', () => {
    const asked: string[] = []
    const text =
      '{"s":"\\u0061","n":1.0,"o":{"f":false,"deep":{"x":1},"list":[{"y":1}]},"list":[{"z":1}],"e":{},"\\u0074":null}'
    formOf(text, (path, value) => {
      asked.push(`${path.join('.')}=${value}`)
      return false
    })
    expect(asked.sort()).toEqual(['e={', 'o.deep={', 'o.f=false', 'o={', 't=null'])
  })

  test('Members below a top-level array are never omitted.', () => {
    expect(formOf('[{"a":true}]', () => true)).toBe('[{"a":true}]')
  })

  test.each([
    ['{"a":true,"b":1,"c":2}', '{"b":1,"c":2}'],
    ['{"c":2,"a":true}', '{"c":2}'],
    ['{"a":true}', '{}'],
    ['{"b":{"a":true},"a":true,"c":[1]}', '{"b":{},"c":[1]}'],
    ['{"b":{"c":{"a":true}}}', '{"b":{"c":{"a":true}}}'],
    ['{"a":{"b":[1,{"c":2}]},"b":1}', '{"b":1}'],
    ['{"b":1,"a":{"c":[]},"d":{"a":{},"e":3}}', '{"b":1,"d":{"e":3}}'],
    ['{"a":"true","b":1}', '{"a":"true","b":1}'],
  ])('Omitted members leave no trace: %s', (text, form) => {
    expect(formOf(text, (path) => path.at(-1) === 'a')).toBe(form)
  })

  test('Members whose key is repeated are kept.', () => {
    expect(formOf('{"a":true,"b":1,"\\u0061":1}', (path) => path.at(-1) === 'a')).toBe(
      '{"a":true,"a":1,"b":1}',
    )
  })
})

describe('large and hostile bodies', () => {
  test('A string of 20 MiB is emitted without a copy.', () => {
    const bytes = bytesOf(`{"model":"m","image":"${'QUJD'.repeat(5 * MEBIBYTE)}"}`)
    const pieces: Uint8Array[] = []
    canonicalize(readOutline(bytes), (piece) => pieces.push(piece))
    expect(pieces.some(({ buffer, length }) => buffer === bytes.buffer && length > 20 * MEBIBYTE)).toBe(true)
  })

  test.each([
    ['raw pairs', '😀\\/'],
    ['escaped pairs', '\\ud83d\\ude00'],
    ['a high half before an escaped pair', '\\ud83d\\ud83d\\ude00'],
    ['pairs in capital letters', '\\uD83D\\uDE00'],
    ['escaped slashes', 'abc\\/'],
    ['backslashes before an escape', '\\\\\\u0001'],
    ['text that looks like an escape', '\\/\\\\ud83d'],
    ['high halves alone', '\\ud83d'],
    ['three bytes a character', '你\\/'],
  ])('A text of %s is cut only where that is safe.', (_, unit) => {
    // The first cut comes after 256 KiB.
    const units = 'x'.repeat(255 * 1024) + unit.repeat(Math.ceil((45 * 1024) / unit.length))
    for (let offset = 0; offset <= unit.length; offset += 1) {
      const text = `"${'x'.repeat(offset)}${units}"`
      const pieces = piecesOf(text)
      expect(Buffer.concat(pieces).toString() === JSON.stringify(JSON.parse(text))).toBe(true)
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(MEBIBYTE)
    }
  })

  test('A large key is sorted too.', () => {
    const key = 'k'.repeat(2 * MEBIBYTE)
    expect(formOf(`{"b":1,"${key}":2,"a":3}`) === `{"a":3,"b":1,"${key}":2}`).toBe(true)
  })

  test('Many small tokens are joined to pieces of about 16 KiB.', () => {
    const pieces = piecesOf(JSON.stringify(Array.from({ length: 40_000 }, (_, index) => index)))
    const lengths = pieces.slice(0, -1).map((piece) => piece.length)
    expect(lengths.length).toBeGreaterThan(10)
    expect(Math.min(...lengths)).toBeGreaterThan(16 * 1024 - 10)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(16 * 1024)
  })

  test.each([
    ['objects', '{"b":0,"a":', '}', '{"a":'],
    ['arrays', '[', ']', '['],
  ])(
    'Nesting of 20,000 levels of %s does not overflow the stack.',
    (_, opening, closing, canonicalOpening) => {
      const levels = 20_000
      const form = formOf(opening.repeat(levels) + (opening === '[' ? '' : '1') + closing.repeat(levels))
      expect(form.startsWith(canonicalOpening.repeat(levels))).toBe(true)
      expect(form.endsWith(opening === '[' ? closing : ',"b":0}')).toBe(true)
    },
  )

  test.each(['"abc', '"abc\\"', '{"a":1', '[[1]', '{"a":"'])(
    'A value that is not closed is refused: %s',
    (text) => {
      expect(() => formOf(text)).toThrow(SyntaxError)
    },
  )
})
