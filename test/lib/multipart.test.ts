import { describe, expect, it } from 'vitest'
import { readForm } from '../../src/lib/multipart.ts'

const TYPE = 'multipart/form-data; boundary=b'

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
}

function read(text: string, type = TYPE) {
  const form = readForm(bytes(text), type)
  if (form.kind === 'malformed') return form
  return form.parts.map(({ bytes: content, ...part }) => ({
    ...part,
    text: new TextDecoder().decode(content),
  }))
}

const FIELD = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'

describe('readForm', () => {
  it('reads what fetch sends', async () => {
    const form = new FormData()
    form.append('model', 'qwen-image')
    form.append(
      'image',
      new File([new Uint8Array([13, 10, 45, 45, 0, 255])], 'a "b".png', { type: 'image/png' }),
    )
    form.append('empty', '')
    const request = new Request('http://x', { method: 'POST', body: form })
    const type = request.headers.get('content-type') ?? ''
    const result = readForm(new Uint8Array(await request.arrayBuffer()), type)
    expect(
      result.kind === 'form' && result.parts.map(({ bytes: content, ...part }) => [part, [...content]]),
    ).toEqual([
      [{ name: 'model', type: 'text/plain' }, [...bytes('qwen-image')]],
      [{ name: 'image', fileName: 'a "b".png', type: 'image/png' }, [13, 10, 45, 45, 0, 255]],
      [{ name: 'empty', type: 'text/plain' }, []],
    ])
  })

  it.each<[string, string, object[]]>([
    [
      'a preamble and an epilogue',
      `hello\r\n${FIELD}--b--\r\nbye`,
      [{ name: 'a', type: 'text/plain', text: '1' }],
    ],
    ['no part', '--b--', []],
    [
      'names without quotes, and headers in any case',
      '--b\r\ncontent-disposition: FORM-DATA; name=a; filename=x.txt\r\nCONTENT-TYPE: Text/Plain; charset=utf-8\r\n\r\n1\r\n--b--',
      [{ name: 'a', fileName: 'x.txt', type: 'text/plain', text: '1' }],
    ],
    [
      'a delimiter inside of a line',
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx--b\r\n-b\r\n--b--',
      [{ name: 'a', type: 'text/plain', text: 'x--b\r\n-b' }],
    ],
  ])('reads %s', (_, text, parts) => expect(read(text)).toEqual(parts))

  it.each<[string, string, string?]>([
    ['nothing', ''],
    ['no boundary in the header', `${FIELD}--b--`, 'multipart/form-data'],
    ['an endless boundary', `${FIELD}--b--`, `multipart/form-data; boundary=${'b'.repeat(71)}`],
    ['a form without an end', FIELD],
    ['a part without an end', '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'],
    ['a part without a blank line', '--b\r\nContent-Disposition: form-data; name="a"\r\n--b--'],
    ['a part without a name', '--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--'],
    ['a part with an empty name', '--b\r\nContent-Disposition: form-data; name=""\r\n\r\n1\r\n--b--'],
    ['an attachment', '--b\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n--b--'],
    ['no headers', '--b\r\n\r\n1\r\n--b--'],
    [
      'a header twice',
      '--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"\r\n\r\n1\r\n--b--',
    ],
    [
      'base64, which HTTP does not decode',
      '--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--b--',
    ],
    ['a folded header', '--b\r\nContent-Disposition: form-data;\r\n name="a"\r\n\r\n1\r\n--b--'],
    ['text after a boundary', '--bx\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--'],
    ['headers without an end', `--b\r\nX: ${'y'.repeat(9000)}\r\n\r\n1\r\n--b--`],
    ['a thousand parts', `${FIELD.repeat(1000)}--b--`],
  ])('refuses %s', (_, text, type) => expect(read(text, type)).toMatchObject({ kind: 'malformed' }))

  it('reads a large file of line ends in linear time', () => {
    const head = bytes('--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n')
    const body = new Uint8Array(8_000_000).fill(13)
    body.set(head)
    body.set(bytes('\r\n--b--'), body.length - 7)
    const form = readForm(body, TYPE)
    expect(form.kind === 'form' && form.parts[0]?.bytes.byteLength).toBe(body.length - head.length - 7)
  })
})
