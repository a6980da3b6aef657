import { describe, expect, inject, it } from 'vitest'
import { post, readFrames, TEXT } from './client.ts'
import { chat, native } from './fault-requests.ts'

const emulator = inject('emulatorAddress')

describe('unusual but complete streams', () => {
  it.each(['gzip', 'crlf', 'comments', 'split', 'unended', 'trickle-1', 'slow-1'])(
    'The fault %s does not change what the stream says.',
    async (fault) => {
      const said = (text: string): string =>
        readFrames(text)
          .map(({ data }) => (data as { output?: { text: string } } | undefined)?.output?.text ?? '')
          .join('')
      expect(said(await (await native(fault)).text())).toBe('You said: 你好，世界 (message count: 1)')
    },
  )

  it('A compressed stream says that it is compressed.', async () => {
    const response = await native('gzip')
    expect(response.headers.get('content-encoding')).toBe('gzip')
    await response.text()
  })

  it('CRLF, comments and a missing end appear only where they are requested.', async () => {
    expect(await (await native('crlf')).text()).not.toMatch(/[^\r]\n/)
    expect(await (await native('unended')).text()).toMatch(/\n\nid:\d+\n.*\n.*\ndata:.*\}$/)
    expect(await (await native('comments')).text()).toMatch(/^:connected\n\n:keepalive\n\nid:1\n/)
  })

  it('The fault "split" cuts inside characters.', async () => {
    const response = await native('split')
    let torn = 0
    for await (const bytes of response.body ?? []) {
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(bytes)
      } catch {
        torn++
      }
    }
    expect(torn).toBeGreaterThan(0)
  })

  it('Frames are counted exactly.', async () => {
    expect(readFrames(await (await native('frames-7')).text())).toHaveLength(7)
    const chunks = readFrames(await (await chat('frames-7')).text())
    expect(chunks.filter(({ data }) => typeof data === 'object')).toHaveLength(7)
  })

  it('A frame of 300 kB can be sent.', async () => {
    const text = await (await native('big-frame')).text()
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeGreaterThan(300_000)
  })
})

describe('replies that are not responses', () => {
  it.each([
    ['html', 502, 'text/html'],
    ['nonsense', 200, 'text/html'],
    ['empty', 200, 'text/event-stream;charset=UTF-8'],
  ])('The fault %s sends such a reply.', async (fault, status, type) => {
    const response = await native(fault)
    expect([response.status, response.headers.get('content-type')]).toEqual([status, type])
    expect((await response.text()).startsWith('<html>')).toBe(fault !== 'empty')
  })

  it('A fault can redirect to another host.', async () => {
    const response = await native('redirect')
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://elsewhere.invalid/'])
  })

  it('A header sets the size of a response.', async () => {
    const response = await post(
      emulator,
      TEXT,
      { model: 'qwen-max', input: { prompt: '你好' } },
      { 'x-emulator-fault': 'large-answer-70000' },
    )
    const bytes = await response.arrayBuffer()
    expect(bytes.byteLength).toBe(70_000)
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ output: { finish_reason: 'stop' } })
  })
})
