// The OpenAI SDK: an answer, another as a stream, and an embedding.
// With the emulator it prints: I am qwen-plus, a large language model played by the emulator.…1+1 = 2…1024 dimensions

import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: `${process.env.DASHSCOPE_EDGE_URL}/compatible-mode/v1`,
  apiKey: process.env.DASHSCOPE_EDGE_KEY,
})

const completion = await client.chat.completions.create({
  model: 'qwen-plus',
  messages: [{ role: 'user', content: '你是谁?' }],
})
console.log(completion.choices[0].message.content)

const stream = await client.chat.completions.create({
  model: 'qwen-plus',
  messages: [{ role: 'user', content: '1+1' }],
  stream: true,
})
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
console.log()

const embedding = await client.embeddings.create({ model: 'text-embedding-v4', input: '西湖' })
console.log(embedding.data[0].embedding.length, 'dimensions')
