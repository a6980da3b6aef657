// The OpenAI SDK: a response that is continued, retrieved and deleted, and a conversation that DashScope keeps.
// With the emulator it prints: You said: My name is Li (message count: 1)…You said: What is my name? (message count: 3)…completed…2 input items…conversation: 3 items…deleted: true

import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: `${process.env.DASHSCOPE_EDGE_URL}/compatible-mode/v1`,
  apiKey: process.env.DASHSCOPE_EDGE_KEY,
})

const first = await client.responses.create({ model: 'qwen-plus', input: 'My name is Li' })
console.log(first.output_text)

// The id of a stream's response is known from its first event on.
let secondId = ''
const stream = await client.responses.create({
  model: 'qwen-plus',
  input: 'What is my name?',
  previous_response_id: first.id,
  stream: true,
})
for await (const event of stream) {
  if (event.type === 'response.created') secondId = event.response.id
  if (event.type === 'response.output_text.delta') process.stdout.write(event.delta)
}
console.log()

console.log((await client.responses.retrieve(secondId)).status)
const items = await client.responses.inputItems.list(secondId, { limit: 2 })
console.log(items.data.length, 'input items')
await client.responses.delete(first.id)

const conversation = await client.conversations.create({
  metadata: { topic: 'demo' },
  items: [{ type: 'message', role: 'user', content: 'Alice was born in Singapore.' }],
})
await client.responses.create({
  model: 'qwen-plus',
  input: 'Where was Alice born?',
  conversation: conversation.id,
})
const page = await client.conversations.items.list(conversation.id, { order: 'asc' })
console.log('conversation:', page.data.length, 'items')
await client.conversations.update(conversation.id, { metadata: { topic: 'done' } })
const deletion = await client.conversations.delete(conversation.id)
console.log('deleted:', deletion.deleted)
