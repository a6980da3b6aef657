import { describe, expect, inject, it } from 'vitest'
import { get, post } from './client.ts'

const emulator = inject('emulatorAddress')

async function json(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown> {
  return (await post(emulator, path, body, headers)).json()
}

describe('vectors and ranks', () => {
  it('The same text always has the same embedding, in numbers and in Base64.', async () => {
    const ask = async (more: object): Promise<unknown> => {
      const body = { model: 'text-embedding-v4', input: 'hello', dimensions: 8, ...more }
      const response = await json('/compatible-mode/v1/embeddings', body)
      return (response as { data: [{ embedding: unknown }] }).data[0].embedding
    }
    const numbers = (await ask({})) as number[]
    const bytes = Buffer.from((await ask({ encoding_format: 'base64' })) as string, 'base64')
    expect(Array.from(numbers, (_, index) => bytes.readFloatLE(index * 4))).toEqual(numbers.map(Math.fround))
    expect(Math.hypot(...numbers)).toBeCloseTo(1, 3)
    expect(await ask({ input: 'other' })).not.toEqual(numbers)
    const native = await json('/api/v1/services/embeddings/text-embedding/text-embedding', {
      model: 'text-embedding-v4',
      input: { texts: ['hello'] },
      parameters: { dimension: 8 },
    })
    expect(native).toMatchObject({ output: { embeddings: [{ embedding: numbers, text_index: 0 }] } })
  })

  it('Several kinds of input are embedded at once.', async () => {
    const body = { model: 'multimodal-embedding-v1', input: { contents: [{ text: 'a' }, { image: 'b' }] } }
    const path = '/api/v1/services/embeddings/multimodal-embedding/multimodal-embedding'
    expect(await json(path, body)).toMatchObject({
      output: {
        embeddings: [
          { index: 0, type: 'text' },
          { index: 1, type: 'image' },
        ],
      },
    })
  })

  it('Documents are ranked in nested and flat requests.', async () => {
    const asked = { query: 'cat', documents: ['dog', 'a cat'] }
    const best = [{ index: 1, relevance_score: 1 }]
    const options = { top_n: 1 }
    const nested = { model: 'gte-rerank-v2', input: asked, parameters: options }
    expect(await json('/api/v1/services/rerank/text-rerank/text-rerank', nested)).toMatchObject({
      output: { results: best },
    })
    const flat = await json('/compatible-api/v1/reranks', { model: 'qwen3-rerank', ...asked, ...options })
    expect(flat).toMatchObject({ object: 'list', results: best })
    expect(flat).not.toHaveProperty('output')
  })
})

describe('applications and files', () => {
  it('An application remembers a session.', async () => {
    const turn = async (session?: string): Promise<{ text: string; session_id: string }> => {
      const input = { prompt: 'hi', ...(session === undefined ? {} : { session_id: session }) }
      const response = await json('/api/v1/apps/app1/completion', { input })
      return (response as { output: { text: string; session_id: string } }).output
    }
    const first = await turn()
    expect(first.text).toContain('[turn 1]')
    expect(await turn(first.session_id)).toMatchObject({ text: expect.stringContaining('[turn 2]') })
    expect((await turn()).text).toContain('[turn 1]')
  })

  it('Files are listed in pages, read and deleted, per account.', async () => {
    const files = '/compatible-mode/v1/files'
    const ids: string[] = []
    for (const text of ['one', 'two', 'three']) {
      const form = new FormData()
      form.append('file', new Blob([text]), `${text}.txt`)
      form.append('purpose', 'file-extract')
      const headers = { authorization: 'Bearer sk-files' }
      const response = await fetch(emulator + files, { method: 'POST', headers, body: form })
      ids.unshift(((await response.json()) as { id: string }).id)
    }
    const page = await get(emulator, `${files}?limit=2`, 'sk-files')
    expect(page).toMatchObject({ data: [{ id: ids[0] }, { id: ids[1] }], has_more: true })
    const rest = await get(emulator, `${files}?limit=2&after=${ids[1]}`, 'sk-files')
    expect(rest).toMatchObject({ data: [{ id: ids[2] }], has_more: false })
    const headers = { authorization: 'Bearer sk-files' }
    const content = await fetch(`${emulator}${files}/${ids[0]}/content`, { headers })
    expect(await content.text()).toBe('three')
    expect(await get(emulator, `${files}/${ids[0]}`, 'sk-other')).toMatchObject({
      error: { code: 'not_found' },
    })
    const gone = await fetch(`${emulator}${files}/${ids[0]}`, { method: 'DELETE', headers })
    expect(await gone.json()).toEqual({ object: 'file', deleted: true, id: ids[0] })
    expect((await fetch(`${emulator}${files}/${ids[0]}`, { headers })).status).toBe(404)
  })
})
