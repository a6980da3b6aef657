import { describe, expect, inject, it } from 'vitest'
import { CHAT, post, readFrames, TEXT } from './client.ts'

const emulator = inject('emulatorAddress')

const messages = [{ role: 'user', content: '1+1' }]
const entry = (token: string, bytes: number[]): object => ({ token, bytes, logprob: 0 })
const [first, last] = [entry('1+1 ', [49, 43, 49, 32]), entry('= 2', [61, 32, 50])]

describe('logprobs', () => {
  const native = async (parameters: object): Promise<unknown> => {
    const body = {
      model: 'qwen-plus',
      input: { messages },
      parameters: { result_format: 'message', ...parameters },
    }
    const { output } = (await (await post(emulator, TEXT, body)).json()) as { output: { choices: unknown[] } }
    return output.choices[0]
  }
  const chat = { model: 'qwen-plus', messages, logprobs: true, top_logprobs: 2 }

  it('A native response spells its text in log probabilities, always with one alternative.', async () => {
    expect(await native({ logprobs: true, top_logprobs: 2 })).toMatchObject({
      logprobs: {
        content: [
          { ...first, top_logprobs: [first] },
          { ...last, top_logprobs: [last] },
        ],
      },
    })
  })

  it('There are no alternatives if none were requested.', async () => {
    expect(await native({ logprobs: true })).toMatchObject({
      logprobs: {
        content: [
          { ...first, top_logprobs: [] },
          { ...last, top_logprobs: [] },
        ],
      },
    })
  })

  it.each([{}, { logprobs: false, top_logprobs: 2 }, { top_logprobs: 2 }])(
    'There are no log probabilities with %j',
    async (asked) => {
      expect(await native(asked)).not.toHaveProperty('logprobs')
    },
  )

  it('Log probabilities have the shapes of OpenAI.', async () => {
    expect(await (await post(emulator, CHAT, chat)).json()).toMatchObject({
      choices: [{ logprobs: { content: [first, last] } }],
    })
  })

  it('Each chunk has the log probabilities of its text.', async () => {
    const frames = readFrames(await (await post(emulator, CHAT, { ...chat, stream: true })).text())
    const choices = frames.slice(0, -1).map(({ data }) => (data as { choices: [Chunk] }).choices[0])
    for (const { delta, logprobs } of choices) {
      const tokens = logprobs?.content.map(({ token }) => token) ?? []
      expect(tokens.join('')).toBe(delta.content)
    }
    expect(choices.at(-1)).toMatchObject({ delta: { content: '' }, logprobs: null })
    expect(choices.map(({ delta }) => delta.content).join('')).toBe('1+1 = 2')
  })
})

interface Chunk {
  delta: { content: string }
  logprobs: { content: { token: string }[] } | null
}
