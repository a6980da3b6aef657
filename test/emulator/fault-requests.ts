import { inject } from 'vitest'
import { CHAT, MESSAGES, post, STREAM, TEXT } from './client.ts'

const emulator = inject('emulatorAddress')

const DELTAS = { incremental_output: true }
/** Asks for a fault with the native API, as a stream. */
export const native = (fault: string, key?: string): Promise<Response> =>
  post(
    emulator,
    TEXT,
    { model: `fault-${fault}`, input: { prompt: '你好，世界' }, parameters: DELTAS },
    STREAM,
    key,
  )
const body = { stream: true, max_tokens: 100, messages: [{ role: 'user', content: '你好，世界' }] }
/** Asks for a fault with the chat API, as a stream. */
export const chat = (fault: string): Promise<Response> =>
  post(emulator, CHAT, { model: `fault-${fault}`, ...body })
/** Asks for a fault with the Messages API, as a stream. */
export const anthropic = (fault: string): Promise<Response> =>
  post(emulator, MESSAGES, { model: `fault-${fault}`, ...body })
