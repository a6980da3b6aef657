/**
 * Meets each kind of error with each client for Node.js, and prints a line of JSON with what the client tells its user. Runs in
 * a directory that has the clients; test/clients/run.ts installs them and says where the gateway is.
 */

import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import Anthropic from '@anthropic-ai/sdk'
import { ChatAlibabaTongyi } from '@langchain/community/chat_models/alibaba_tongyi'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, streamText } from 'ai'
import OpenAI from 'openai'

const { DASHSCOPE_EDGE_URL: address, DASHSCOPE_EDGE_KEY: key, KINDS } = process.env
const kinds = JSON.parse(KINDS ?? '[]')
const QUESTION = [{ role: 'user', content: 'hello' }]
const compatible = `${address}/compatible-mode/v1`

/** How each client asks a model with a key; `stream` is read to its end. */
const CLIENTS = {
  'OpenAI SDK, Node.js': async (model, apiKey, stream) => {
    const client = new OpenAI({ baseURL: compatible, apiKey, maxRetries: 0 })
    const response = await client.chat.completions.create({ model, messages: QUESTION, stream })
    if (stream) for await (const _ of response);
  },
  'Anthropic SDK, Node.js': async (model, apiKey, stream) => {
    const client = new Anthropic({ baseURL: `${address}/apps/anthropic`, apiKey, maxRetries: 0 })
    const response = await client.messages.create({ model, max_tokens: 100, messages: QUESTION, stream })
    if (stream) for await (const _ of response);
  },
  'Vercel AI SDK': async (model, apiKey, stream) => {
    const provider = createOpenAICompatible({ name: 'qwen', baseURL: compatible, apiKey })
    const asked = { model: provider(model), prompt: 'hello', maxRetries: 0 }
    if (!stream) return generateText(asked)
    const { fullStream } = streamText({ ...asked, onError: () => undefined })
    for await (const part of fullStream) if (part.type === 'error') throw part.error
  },
  'LangChain.js ChatOpenAI': async (model, apiKey, stream) => {
    const chat = new ChatOpenAI({ model, apiKey, maxRetries: 0, configuration: { baseURL: compatible } })
    if (!stream) return chat.invoke('hello')
    for await (const _ of await chat.stream('hello'));
  },
  'LangChain.js ChatAlibabaTongyi': async (model, apiKey, stream) => {
    const chat = new ChatAlibabaTongyi({ model, alibabaApiKey: apiKey, maxRetries: 0, streaming: stream })
    chat.apiUrl = `${address}/api/v1/services/aigc/text-generation/generation`
    if (!stream) return chat.invoke('hello')
    for await (const _ of await chat.stream('hello'));
  },
}

/** All that a user sees of an error. */
function told(error) {
  const parts = [error?.message, error?.responseBody, error?.data?.error?.message, error?.cause, error]
  return (
    parts.filter((part) => typeof part === 'string' || part instanceof Error).join(' | ') ||
    JSON.stringify(error)
  )
}

for (const [client, ask] of Object.entries(CLIENTS)) {
  for (const { kind, model, stream, wrongKey } of kinds) {
    let text = ''
    try {
      await ask(model, wrongKey ?? key, stream)
    } catch (error) {
      text = told(error)
    }
    console.log(JSON.stringify({ client, kind, text }))
  }
}
process.exit(0)
