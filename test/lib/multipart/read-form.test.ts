import { describe, expect, it } from 'vitest'
import { readForm } from '../../../src/lib/multipart/read-form.ts'

const TYPE = 'multipart/form-data; boundary=b'

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
}

const FIELD = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'

describe('readForm', () => {
  it('A form that fetch sends is read.', async () => {
    const form = new FormData()
    form.append('model', 'qwen-image')
    form.append('image', new File([new Uint8Array([13, 10, 45, 45, 0, 255])], 'a.png', { type: 'image/png' }))
    form.append('empty', '')
    const request = new Request('http://x', { method: 'POST', body: form })
    const type = request.headers.get('content-type') ?? ''
    const parts = readForm(new Uint8Array(await request.arrayBuffer()), type)
    expect(parts.map(({ bytes: content, ...part }) => [part, [...content]])).toEqual([
      [{ name: 'model' }, [...bytes('qwen-image')]],
      [{ name: 'image', filename: 'a.png', type: 'image/png' }, [13, 10, 45, 45, 0, 255]],
      [{ name: 'empty' }, []],
    ])
  })

  it.each<[string, string, string?]>([
    ['nothing', ''],
    ['no boundary in the header', `${FIELD}--b--`, 'multipart/form-data'],
    ['a form without an end', FIELD],
    ['a part without an end', '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'],
    ['a part without a name', '--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--'],
    ['a thousand parts', `${FIELD.repeat(1000)}--b--`],
  ])('A form is refused with %s', (_, text, type = TYPE) =>
    expect(() => readForm(bytes(text), type)).toThrow(/boundary|part/),
  )

  it('A large file of line ends is read without copying it.', () => {
    const head = bytes('--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n')
    const body = new Uint8Array(8_000_000).fill(13)
    body.set(head)
    body.set(bytes('\r\n--b--'), body.length - 7)
    const [part] = readForm(body, TYPE)
    expect(part?.bytes.byteLength).toBe(body.length - head.length - 7)
    expect(part?.bytes.buffer).toBe(body.buffer)
  })
})
