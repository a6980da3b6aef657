import { request } from 'node:http'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { BOUNDARY, FILES, form, line, part, uploadForm } from './upload-rig.ts'

const CREATED =
  '{"id":"file-batch-61875e12","object":"file","bytes":9,"filename":"a.jsonl","purpose":"batch","status":"processed","created_at":1764499365}'

const rig = useGateway({ MAX_BODY_BYTES: '20000' })
let limited = ''
let renamed = ''

beforeAll(async () => {
  limited = (
    await rig.gateway.issueKey({
      name: 'limited',
      models: ['qwen-plus', 'qwen-flash'],
      caps: { max_tokens: 100 },
      endpoints: ['file-upload', 'chat-completions'],
    })
  ).key
  renamed = (await rig.gateway.issueKey({ name: 'renamed', aliases: { fast: 'qwen-flash' } })).key
})
beforeEach(() => rig.upstream.answer(json(CREATED)))

/** The bodies that reached DashScope whole during some work. */
async function completeBodies(work: () => Promise<unknown>): Promise<string[]> {
  const before = rig.upstream.seen.length
  await work()
  return rig.upstream.seen.slice(before).map(({ body }) => body.toString('utf8'))
}

describe('an upload of a batch', () => {
  const orders: [string, string][] = [
    ['the purpose first', form(part('purpose', 'batch'), part('file', line('1') + line('2'), 'a.jsonl'))],
    ['the file first', form(part('file', line('1') + line('2').trim(), 'a.JSONL'), part('purpose', 'batch'))],
  ]

  it.each(orders)('The upload reaches DashScope byte for byte with %s', async (_name, body) => {
    for (const sent of [body, Array.from(body.match(/[\s\S]{1,7}/g) ?? [])]) {
      const bodies = await completeBodies(async () => {
        const response = await uploadForm(rig, rig.key, sent)
        expect(response.text).toBe(CREATED)
        expect(response.status).toBe(200)
      })
      expect(bodies).toEqual([body])
      const { headers } = rig.upstream.seen.at(-1) ?? {}
      if (typeof sent === 'string') expect(headers?.['content-length']).toBe(String(Buffer.byteLength(body)))
      expect(headers?.['content-type']).toBe(`multipart/form-data; boundary=${BOUNDARY}`)
    }
  })

  it('The upload may be larger than MAX_BODY_BYTES, which limits every other file.', async () => {
    const lines = Array.from({ length: 100 }, (_, at) => line(`${at}`, { user: 'x'.repeat(500) })).join('')
    for (const parts of [
      [part('purpose', 'batch'), part('file', lines, 'a.jsonl')],
      [part('file', lines, 'a.jsonl'), part('purpose', 'batch')],
    ]) {
      expect((await uploadForm(rig, rig.key, form(...parts))).status).toBe(200)
    }
    for (const parts of [
      [part('purpose', 'file-extract'), part('file', lines, 'a.jsonl')],
      [part('file', lines, 'a.jsonl'), part('purpose', 'file-extract')],
      [part('file', lines, 'a.txt'), part('purpose', 'batch')],
    ]) {
      const bodies = await completeBodies(async () => {
        const response = await uploadForm(rig, rig.key, [form(...parts)])
        expect(response.status).toBe(413)
        expect(response.text).toContain('larger than 20000 bytes')
      })
      expect(bodies).toEqual([])
    }
  })

  it.each([
    ['JSON that is cut off', '{"custom_id":"1"\n', 400, 'Line 2: '],
    ['a list', '[]\n', 400, 'Line 2: expected a JSON object'],
    ['two objects in a line', `${line('a').trim()}${line('b')}`, 400, 'Line 2: '],
    ['two objects with a carriage return between them', `${line('a').trim()}\r${line('b')}`, 400, 'Line 2: '],
    ['no custom_id', line('a').replace('custom_id', 'id'), 400, 'Line 2: custom_id'],
    ['another method', line('a').replace('POST', 'GET'), 400, 'Line 2 (custom_id \\"a\\"): method'],
    ['an unknown url', line('a').replace('/v1/chat', '/v2/chat'), 400, 'Line 2 (custom_id \\"a\\"): url'],
    ['no model', line('a').replace('"model"', '"modell"'), 400, 'Line 2 (custom_id \\"a\\"): body.model'],
    ['no UTF-8', line('a').replace('hi', '\ud800'), 200, ''],
  ])('The upload is refused with %s', async (_name, bad, status, message) => {
    const parts = [part('file', line('1') + bad + line('3'), 'a.jsonl'), part('purpose', 'batch')]
    for (const body of [form(...parts), form(...parts.toReversed())]) {
      const bodies = await completeBodies(async () => {
        const response = await uploadForm(rig, rig.key, body)
        expect(response.text).toContain(message)
        expect(response.status).toBe(status)
      })
      expect(bodies).toHaveLength(status === 200 ? 1 : 0)
    }
  })

  it.each([
    ['a model that the key may not use', line('b', { max_tokens: 5 }, 'qwen-max'), 'may not use the model'],
    ['more than the caps', line('b', { max_tokens: 500 }), 'max_tokens'],
    ['no length where one is capped', line('b'), 'max_tokens'],
    [
      'an endpoint that the key may not use',
      line('b').replace('/v1/chat/completions', '/v1/embeddings'),
      'compatible-embeddings',
    ],
  ])('The upload is refused by the policy for %s', async (_name, bad, message) => {
    const body = form(part('purpose', 'batch'), part('file', line('a', { max_tokens: 5 }) + bad, 'a.jsonl'))
    const bodies = await completeBodies(async () => {
      const response = await uploadForm(rig, limited, body)
      expect(response.text).toContain('Line 2 (custom_id \\"b\\")')
      expect(response.text).toContain(message)
      expect(response.status).toBe(403)
    })
    expect(bodies).toEqual([])
  })

  it('The upload is refused with a repeated key in a line, at any depth.', async () => {
    const twice = [
      line('b', { max_tokens: 5 }).replace('"body":', '"body":{"model":"qwen-max","messages":[]},"body":'),
      line('b', { max_tokens: 5 }).replace('"model":', '"mod\\u0065l":"qwen-max","model":'),
    ]
    for (const bad of twice) {
      const response = await uploadForm(
        rig,
        limited,
        form(part('purpose', 'batch'), part('file', bad, 'a.jsonl')),
      )
      expect(response.text).toContain('is repeated')
      expect(response.status).toBe(400)
    }
  })

  it('The upload is refused with a line of more than 6 MB.', async () => {
    const long = line('long', { user: 'x'.repeat(6 * 1024 * 1024) })
    const response = await uploadForm(
      rig,
      rig.key,
      form(part('purpose', 'batch'), part('file', long, 'a.jsonl')),
    )
    expect(response.status).toBe(400)
    expect(response.text).toContain('Line 1: longer than 6 MB')
  })

  it('The upload is broken off at DashScope when the caller leaves in the middle of it.', async () => {
    // The gateway reads 256 KiB at a time.
    const whole = form(
      part('purpose', 'batch'),
      part('file', line('long', { user: 'x'.repeat(1024 * 1024) }), 'a.jsonl'),
    )
    const [begun, left] = [rig.upstream.begun(), rig.upstream.left()]
    const bodies = await completeBodies(async () => {
      const upload = request(rig.gateway.address + FILES, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${rig.key}`,
          'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
          'content-length': String(whole.length),
        },
      })
      upload.on('error', () => undefined)
      upload.write(whole.slice(0, whole.length / 2))
      await until('DashScope gets the upload', () => rig.upstream.begun() > begun)
      upload.destroy()
      await until('the upload is broken off', () => rig.upstream.left() > left)
    })
    expect(bodies).toEqual([])
  })

  it('The upload is refused with a file of another key in a line.', async () => {
    const foreign = line('a', { messages: [{ role: 'system', content: 'fileid://file-fe-foreign' }] })
    const body = form(part('purpose', 'batch'), part('file', line('1') + foreign, 'a.jsonl'))
    const bodies = await completeBodies(async () => {
      const response = await uploadForm(rig, rig.key, body)
      expect(response.status).toBe(404)
      expect(response.text).toContain('Line 2: There is no file')
    })
    expect(bodies).toEqual([])
  })

  it('Aliases are replaced by their models, and every other byte stays.', async () => {
    const lines = line('1', {}, 'fast') + line('2')
    for (const parts of [
      [part('purpose', 'batch'), part('file', lines, 'a.jsonl')],
      [part('file', lines.trim(), 'a.jsonl'), part('purpose', 'batch')],
    ]) {
      const body = form(...parts)
      const bodies = await completeBodies(async () => {
        expect((await uploadForm(rig, renamed, body)).status).toBe(200)
      })
      expect(bodies).toEqual([body.replace('"model":"fast"', '"model":"qwen-flash"')])
    }
  })

  it('A byte order mark, line ends with a carriage return, and empty lines are accepted.', async () => {
    const lines = `\ufeff${line('1').trim()}\r\n\r\n${line('2').trim()}\r\n`
    const body = form(part('purpose', 'batch'), part('file', lines, 'a.jsonl'))
    const bodies = await completeBodies(async () => {
      expect((await uploadForm(rig, rig.key, body)).status).toBe(200)
    })
    expect(bodies).toEqual([body])
  })
})

describe('an upload', () => {
  it('An upload of another purpose passes whatever its lines say.', async () => {
    for (const parts of [
      [part('file', 'not json\n', 'a.jsonl'), part('purpose', 'file-extract')],
      [part('purpose', 'file-extract'), part('file', 'not json\n', 'a.jsonl')],
      [part('file', 'not json\n', 'a.jsonl')],
    ]) {
      const body = form(...parts)
      const bodies = await completeBodies(async () => {
        expect((await uploadForm(rig, rig.key, body)).status).toBe(200)
      })
      expect(bodies).toEqual([body])
    }
  })

  const batch = part('purpose', 'batch')
  const file = part('file', line('1'), 'a.jsonl')
  it.each([
    ['two purposes', form(batch, part('purpose', 'file-extract'), file), 400],
    ['two files', form(batch, file, file), 400],
    ['a purpose that is almost a batch', form(part('purpose', ' BATCH'), file), 400],
    ['a field that is almost the purpose', form(part('Purpose', 'batch'), file), 400],
    ['a field that is almost the file', form(batch, part('file[]', 'x', 'a.jsonl'), file), 400],
    ['a batch without a file', form(batch), 400],
    ['a batch without a line', form(batch, part('file', '\n\n', 'a.jsonl')), 400],
    ['a batch whose file came first under another name', form(part('file', line('1'), 'a.txt'), batch), 400],
    ['no closing boundary', form(batch, file).slice(0, -4), 400],
    ['text after its end', `${form(batch, file)}more`, 400],
    ['another boundary than its header names', form(batch, file).replaceAll(BOUNDARY, 'other'), 400],
    ['a form in a part of the form', form(batch, part('file', form(part('purpose', 'x')), 'a.jsonl')), 400],
    ['large fields', form(part('note', 'x'.repeat(17_000)), batch, file), 413],
    ['an encoding', form(batch, file.replace('octet-stream', 'x\r\nContent-Transfer-Encoding: base64')), 400],
  ])(
    'The upload is refused with %s, and DashScope never has a complete body.',
    async (_name, body, status) => {
      for (const sent of [body, Array.from(body.match(/[\s\S]{1,50}/g) ?? [])]) {
        const bodies = await completeBodies(async () => {
          const response = await uploadForm(rig, rig.key, sent)
          expect(response.status, response.text).toBe(status)
        })
        expect(bodies).toEqual([])
      }
    },
  )
})
