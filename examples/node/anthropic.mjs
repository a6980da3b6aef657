// The Anthropic SDK: an answer, and another as a stream.
// With the emulator it prints: I am qwen-plus, a large language model played by the emulator.…1+1 = 2

import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({
  baseURL: `${process.env.DASHSCOPE_EDGE_URL}/apps/anthropic`,
  apiKey: process.env.DASHSCOPE_EDGE_KEY,
})

const message = await client.messages.create({
  model: 'qwen-plus',
  max_tokens: 1024,
  messages: [{ role: 'user', content: '你是谁?' }],
})
console.log(message.content[0].text)

const stream = client.messages.stream({
  model: 'qwen-plus',
  max_tokens: 1024,
  messages: [{ role: 'user', content: '1+1' }],
})
stream.on('text', (text) => process.stdout.write(text))
await stream.done()
console.log()
