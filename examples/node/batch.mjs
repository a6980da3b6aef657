// A batch with the OpenAI SDK: requests in a file, run within a day for half the price.
// With the emulator it prints: completed…sum: 12*7 = 84…who: I am qwen-plus, a large language model played by the emulator.

import { setTimeout as wait } from 'node:timers/promises'
import OpenAI, { toFile } from 'openai'

const client = new OpenAI({
  baseURL: `${process.env.DASHSCOPE_EDGE_URL}/compatible-mode/v1`,
  apiKey: process.env.DASHSCOPE_EDGE_KEY,
})

const questions = { sum: '12*7', who: '你是谁?' }
const lines = Object.entries(questions).map(([custom_id, content]) =>
  JSON.stringify({
    custom_id,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'qwen-plus', messages: [{ role: 'user', content }] },
  }),
)

const file = await client.files.create({
  file: await toFile(Buffer.from(lines.join('\n')), 'requests.jsonl'),
  purpose: 'batch',
})
let batch = await client.batches.create({
  input_file_id: file.id,
  endpoint: '/v1/chat/completions',
  completion_window: '24h',
})
while (!['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) {
  await wait(1000)
  batch = await client.batches.retrieve(batch.id)
}
console.log(batch.status)

const output = await client.files.content(batch.output_file_id)
for (const line of (await output.text()).trim().split('\n')) {
  const { custom_id, response } = JSON.parse(line)
  console.log(`${custom_id}: ${response.body.choices[0].message.content}`)
}
