import { describe, expect, it } from 'vitest'
import { boundaryOf } from '../../../src/lib/multipart/boundary.ts'
import { finderOf } from '../../../src/lib/multipart/find-bytes.ts'
import { readPartHead } from '../../../src/lib/multipart/part-head.ts'
import { MultipartSplitter } from '../../../src/lib/multipart/splitter.ts'

const bytes = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
const text = (pieces: Uint8Array[]) => Buffer.concat(pieces).toString()

const FORM =
  '--b1\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n' +
  '--b1\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\nContent-Type: application/jsonl\r\n\r\n' +
  '{"a":"--b"}\r\n{"b":"-"}\n\r\n--b1--\r\n'

/** Splits a body in chunks of a size; returns what was passed on and the parts by name. */
function split(body: string, size: number) {
  const splitter = new MultipartSplitter('b1')
  const whole = bytes(body)
  const passed: Uint8Array[] = []
  const parts: { name: string; content: Uint8Array[] }[] = []
  for (let at = 0; at < whole.length; at += size) {
    for (const piece of splitter.push(whole.slice(at, at + size))) {
      if (piece.kind === 'part') parts.push({ name: piece.head.name, content: [] })
      if (piece.kind === 'content') parts.at(-1)?.content.push(piece.bytes)
      if (piece.kind === 'frame' || piece.kind === 'content') passed.push(piece.bytes)
    }
  }
  splitter.end()
  return {
    passed: text(passed),
    parts: Object.fromEntries(parts.map(({ name, content }) => [name, text(content)])),
  }
}

describe('a multipart body', () => {
  it('The body is cut into its parts wherever its chunks end, and every byte is passed on.', () => {
    for (let size = 1; size <= FORM.length; size += 1) {
      const { passed, parts } = split(FORM, size)
      expect(passed).toBe(FORM)
      expect(parts).toEqual({ purpose: 'batch', file: '{"a":"--b"}\r\n{"b":"-"}\n' })
    }
  })

  it('The body may begin with a line break.', () => {
    const { passed, parts } = split(`\r\n${FORM}`, 1)
    expect(passed).toBe(`\r\n${FORM}`)
    expect(Object.keys(parts)).toEqual(['purpose', 'file'])
  })

  it('The body may have no parts.', () => {
    expect(split('--b1--\r\n', 3)).toEqual({ passed: '--b1--\r\n', parts: {} })
  })

  it('The body may have empty parts.', () => {
    const body = '--b1\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n--b1--'
    expect(split(body, 7).parts).toEqual({ x: '' })
  })

  const head = 'Content-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
  it.each([
    ['text before the first part', `preamble\r\n--b1\r\n${head}x\r\n--b1--\r\n`],
    ['two line breaks before the first part', `\r\n\r\n--b1\r\n${head}x\r\n--b1--\r\n`],
    ['text after the last part', `--b1\r\n${head}x\r\n--b1--\r\nmore`],
    ['a second form after the last part', `--b1\r\n${head}x\r\n--b1--\r\n--b1\r\n${head}y\r\n--b1--`],
    ['line feeds alone', `--b1\n${head}x\n--b1--\n`],
    ['a delimiter after a line feed alone', `--b1\r\n${head}x\n--b1\r\n${head}y\r\n--b1--`],
    ['a delimiter with spaces after it', `--b1\r\n${head}x\r\n--b1  \r\n${head}y\r\n--b1--`],
    ['a delimiter within a line', `--b1\r\n${head}x--b1\r\n${head}y\r\n--b1--`],
    ['a longer delimiter', `--b1\r\n${head}x\r\n--b1x\r\ny\r\n--b1--`],
    ['no closing delimiter', `--b1\r\n${head}x\r\n--b1\r\n`],
    ['an end within the content', `--b1\r\n${head}x`],
    ['a part without headers', '--b1\r\n\r\nx\r\n--b1--'],
    ['headers without an end', `--b1\r\nContent-Disposition: form-data; name="${'x'.repeat(9000)}`],
    ['nothing', ''],
  ])('A body is refused with %s', (_name, body) => {
    for (const size of [3, 10_000]) expect(() => split(body, size)).toThrow(/form/i)
  })
})

describe('the head of a part', () => {
  it.each([
    ['Content-Disposition: form-data; name="file"; filename="é \\u00e9.jsonl"', 'file', 'é \\u00e9.jsonl'],
    ['content-disposition:form-data;name=file;filename=a.jsonl', 'file', 'a.jsonl'],
    ['Content-Disposition: form-data; name="file"; filename*=utf-8\'\'%E4.jsonl', 'file', "utf-8''%E4.jsonl"],
    ['Content-Type: text/plain\r\nContent-Disposition: form-data; name="purpose"', 'purpose', undefined],
    ['Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: 8bit', 'a', undefined],
  ])('The head %s is read.', (head, name, filename) => {
    const { type, ...read } = readPartHead(head)
    expect(read).toEqual(filename === undefined ? { name } : { name, filename })
    expect(type).toBe(/content-type: (\S+)/i.exec(head)?.[1])
  })

  it.each([
    'Content-Disposition: form-data; filename="a.jsonl"',
    'Content-Disposition: attachment; name="file"',
    'Content-Disposition: form-data; name="file"; name="purpose"',
    'Content-Disposition: form-data; name="file"; NAME="purpose"',
    'Content-Disposition: form-data; name*=utf-8\'\'file; name="x"',
    'Content-Disposition: form-data; name="fi\\le"',
    'Content-Disposition: form-data; name="x"; filename="a\\"; name="file"',
    'Content-Disposition: form-data; name="file" junk',
    'Content-Disposition: form-data; name="file"\r\nContent-Disposition: form-data; name="purpose"',
    'Content-Disposition: form-data;\r\n name="file"',
    'Content-Disposition: form-data; name="file"\rX: y',
    'Content-Disposition: form-data; name="file"\r\nContent-Transfer-Encoding: base64',
    'Content-Disposition: form-data; name="file"\r\nContent-Transfer-Encoding: quoted-printable',
    'Content-Disposition : form-data; name="file"',
    'Content-Disposition: form-data; name="fi\u0000le"',
    'nonsense',
    '',
  ])('The head %j is refused.', (head) => {
    expect(() => readPartHead(head)).toThrow()
  })
})

describe('the boundary', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['multipart/form-data; boundary="a b"', undefined],
    ['multipart/form-data; boundary="a:b"; charset=utf-8', 'a:b'],
    ['multipart/form-data; boundary=----WebKitFormBoundary7MA4', '----WebKitFormBoundary7MA4'],
    ['Multipart/Form-Data;Boundary=abc;', 'abc'],
    ['multipart/form-data; boundary=abc; boundary=def', undefined],
    ['multipart/form-data; boundary=abc; boundary*=def', undefined],
    ['multipart/form-data; boundary=abc, multipart/form-data; boundary=def', undefined],
    ['multipart/form-data; boundary="abc', undefined],
    ['multipart/form-data; boundary=', undefined],
    ['multipart/form-data', undefined],
    [`multipart/form-data; boundary=${'a'.repeat(71)}`, undefined],
  ])('The boundary of %s is %s', (header, boundary) => {
    if (boundary === undefined) expect(() => boundaryOf(header)).toThrow(/boundary/)
    else expect(boundaryOf(header)).toBe(boundary)
  })
})

it('A sequence of bytes is found wherever it begins.', () => {
  const find = finderOf(bytes('--aab'))
  expect(find(bytes('--aa--aab'), 0)).toBe(4)
  expect(find(bytes('--aab--aab'), 1)).toBe(5)
  expect(find(bytes('--aa-aab'), 0)).toBe(-1)
})
