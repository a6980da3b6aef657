import { beforeAll, describe, expect, it } from 'vitest'
import { STREAM_TAIL_BYTES } from '../../../src/meter/tail.ts'
import { nativeBody, SSE, TEXT, until } from '../../harness/caller.ts'
import { events } from '../../harness/plain-upstream.ts'
import { useGateway } from '../../harness/use-gateway.ts'
import { askWhole, leaveAfterFrames, type UsageRow, usageReport } from './rig.ts'
import { ANTHROPIC, COMPATIBLE, DIALECTS, type Dialect, NATIVE, nativeFrame } from './stream-dialects.ts'

const rig = useGateway()
let models = 0

/** A model that no other test asks, so that its usage has its own row. */
function newModel(): string {
  models++
  return `model-${models}`
}

async function usageOf(model: string): Promise<UsageRow> {
  let row: UsageRow | undefined
  await until(`the usage of ${model} is there`, async () => {
    row = (await usageReport(rig.gateway, 'group_by=model')).rows.find((each) => each.model === model)
    return row !== undefined
  })
  return row as UsageRow
}

/** Splits every byte from the next one, and so every character. */
function everyByte(text: string): Uint8Array[] {
  return [...Buffer.from(text)].map((byte) => Uint8Array.of(byte))
}

describe.each([{ metered: true }, { metered: false }])('A stream of a key with %o', ({ metered }) => {
  let key: string
  beforeAll(async () => {
    // With a limit each request is settled by itself, and no test waits for the next batch.
    const limits = { requests_per_minute: 1_000_000 }
    key = (await rig.gateway.issueKey(metered ? { metered, limits } : { metered })).key
  })
  const ask = ({ path, headers, body }: Dialect, model: string) =>
    askWhole({ address: rig.gateway.address, key, path, headers, body: body(model) })

  describe.each(DIALECTS)('in the $dialect dialect', (dialect) => {
    const whole = dialect.frames.join('')
    const shapes: [string, (string | Uint8Array)[]][] = [
      ['frame by frame', dialect.frames],
      ['cut after every byte', everyByte(whole)],
      ['in one piece', [whole]],
      ['with CRLF', dialect.frames.map((frame) => frame.replaceAll('\n', '\r\n'))],
      ['with comments', dialect.frames.flatMap((frame) => [':keepalive\n\n', frame])],
      ['with bytes that are no UTF-8', [...dialect.frames, Uint8Array.of(0xff, 0xfe, 0x0a, 0x0a)]],
    ]

    it.each(shapes)('A stream is passed on byte for byte: %s', async (_, pieces) => {
      rig.upstream.answer(events(pieces))
      const model = newModel()
      const read = await ask(dialect, model)
      expect(read.status).toBe(200)
      const sent = Buffer.concat(pieces.map((piece) => Buffer.from(piece)))
      expect(read.body.equals(sent)).toBe(true)
      if (metered) {
        const usage = { requests: 1, input_tokens: 5, output_tokens: 3, estimated: 0, left: 0, broken: 0 }
        expect(await usageOf(model)).toMatchObject(usage)
      }
    })

    it('A stream that breaks in the middle of a line is passed on as far as it came, and is cut.', async () => {
      const torn = dialect.frames.slice(0, 2).join('') + (dialect.frames[2] ?? '').slice(0, 30)
      rig.upstream.answer(async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        await new Promise<void>((resolve) => void response.write(torn, () => resolve()))
        setTimeout(() => response.destroy(), 50)
      })
      const model = newModel()
      const read = await ask(dialect, model)
      expect(read.text).toBe(torn)
      if (metered) {
        const row = await usageOf(model)
        expect(row).toMatchObject({ requests: 1, broken: 1, left: 0 })
        if (dialect === NATIVE) expect(row).toMatchObject({ input_tokens: 5, output_tokens: 2, estimated: 0 })
        else expect(row).toMatchObject({ estimated: 1 })
        if (dialect === ANTHROPIC) expect(row.input_tokens).toBe(5)
        expect(row.output_tokens).toBeGreaterThan(0)
      }
    })

    it('A stream whose caller leaves ends upstream.', async () => {
      let isGone = false
      rig.upstream.answer((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(dialect.frames.slice(0, 2).join(''))
        response.on('close', () => {
          isGone = true
        })
      })
      const model = newModel()
      const { path, headers, body } = dialect
      await leaveAfterFrames({ address: rig.gateway.address, key, path, headers, body: body(model) }, 2)
      await until('the upstream request ends', () => isGone)
      if (metered) {
        const row = await usageOf(model)
        expect(row).toMatchObject({ requests: 1, left: 1, broken: 0 })
        if (dialect === NATIVE) expect(row).toMatchObject({ input_tokens: 5, output_tokens: 2, estimated: 0 })
        else expect(row).toMatchObject({ estimated: 1 })
      }
    })
  })

  it('A stream with a frame longer than the tail is passed on, and its usage is read.', async () => {
    const long = nativeFrame('长'.repeat(STREAM_TAIL_BYTES), 70_000)
    const sent = nativeFrame('a', 1) + long
    const bytes = Buffer.from(sent)
    const pieces = Array.from({ length: Math.ceil(bytes.byteLength / 10_001) }, (_, index) =>
      bytes.subarray(index * 10_001, (index + 1) * 10_001),
    )
    rig.upstream.answer(events(pieces))
    const model = newModel()
    const read = await ask(NATIVE, model)
    expect(read.body.equals(bytes)).toBe(true)
    if (metered) {
      expect(await usageOf(model)).toMatchObject({ input_tokens: 5, output_tokens: 70_000, estimated: 0 })
    }
  })

  it('A stream without usage is passed on, estimated and marked.', async () => {
    const pieces = COMPATIBLE.frames.filter((frame) => !frame.includes('prompt_tokens'))
    rig.upstream.answer(events(pieces))
    const model = newModel()
    const read = await ask(COMPATIBLE, model)
    expect(read.text).toBe(pieces.join(''))
    if (metered) {
      const row = await usageOf(model)
      const output = Math.ceil(Buffer.byteLength(read.text) / 80)
      const input = Math.ceil(JSON.stringify(COMPATIBLE.body(model)).length / 4)
      expect(row).toMatchObject({ requests: 1, estimated: 1, input_tokens: input, output_tokens: output })
    }
  })

  it('A stream of a thousand frames is passed on whole.', async () => {
    const pieces = Array.from({ length: 1000 }, (_, index) => nativeFrame(`第${index}个`, index + 1))
    rig.upstream.answer(events(pieces))
    const model = newModel()
    const read = await ask(NATIVE, model)
    expect(read.text === pieces.join('')).toBe(true)
    if (metered) expect(await usageOf(model)).toMatchObject({ output_tokens: 1000, estimated: 0 })
  })

  it('A long non-streaming response is passed on byte for byte, with its usage.', async () => {
    const usage = '"usage":{"total_tokens":12,"output_tokens":7,"input_tokens":5}'
    const text = `{"output":{"text":"${'x'.repeat(21 * 1024 * 1024)}"},${usage},"request_id":"r"}`
    rig.upstream.answer((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(text)
    })
    const model = newModel()
    const body = nativeBody(model, 'hello')
    const read = await askWhole({ address: rig.gateway.address, key, path: TEXT, body })
    expect(read.text === text).toBe(true)
    if (metered) expect(await usageOf(model)).toMatchObject({ input_tokens: 5, output_tokens: 7 })
  })

  it('A response that is labelled as JSON and is not is passed on without usage.', async () => {
    rig.upstream.answer((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"output":')
    })
    const model = newModel()
    const read = await askWhole({
      address: rig.gateway.address,
      key,
      path: TEXT,
      body: nativeBody(model, 'hello'),
    })
    expect([read.status, read.text]).toEqual([200, '{"output":'])
    if (metered)
      expect(await usageOf(model)).toMatchObject({ requests: 1, input_tokens: 0, output_tokens: 0 })
  })
})

it('An error that several requests waited for is a refusal for each, and nothing was saved.', async () => {
  const { id, key } = await rig.gateway.issueKey()
  const before = rig.upstream.seen.length
  rig.upstream.answer((response) => {
    setTimeout(() => {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end('{"code":"InvalidParameter","message":"No."}')
    }, 500)
  })
  const model = newModel()
  const asked = { address: rig.gateway.address, key, path: TEXT, body: nativeBody(model, 'hello') }
  const reads = await Promise.all([askWhole(asked), askWhole(asked), askWhole(asked)])
  expect(reads.map(({ status }) => status)).toEqual([400, 400, 400])
  expect(rig.upstream.seen.length).toBe(before + 1)
  const total = async () => (await usageReport(rig.gateway, `key=${id}`)).total
  await until('all three are counted', async () => (await total()).requests === 3)
  expect(await total()).toMatchObject({ refused: 3, cache_hits: 0, saved_tokens: 0 })
})

it('Nothing is recorded for a key that is not metered.', async () => {
  const { id, key } = await rig.gateway.issueKey({ metered: false })
  rig.upstream.answer(events(NATIVE.frames))
  for (const headers of [SSE, {}]) {
    await askWhole({ address: rig.gateway.address, key, path: TEXT, headers, body: NATIVE.body(newModel()) })
  }
  // What is asked later under another key and is there tells that the first would be there by now.
  const other = await rig.gateway.issueKey()
  const model = newModel()
  const asked = {
    address: rig.gateway.address,
    key: other.key,
    path: TEXT,
    headers: SSE,
    body: NATIVE.body(model),
  }
  await askWhole(asked)
  await usageOf(model)
  expect((await usageReport(rig.gateway, `key=${id}`)).total.requests).toBe(0)
})
