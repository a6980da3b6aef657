// One question, one answer, with fetch alone.
// With the emulator it prints: I am qwen-plus, a large language model played by the emulator.

const { DASHSCOPE_EDGE_URL, DASHSCOPE_EDGE_KEY } = process.env

const response = await fetch(`${DASHSCOPE_EDGE_URL}/api/v1/services/aigc/text-generation/generation`, {
  method: 'POST',
  headers: { authorization: `Bearer ${DASHSCOPE_EDGE_KEY}`, 'content-type': 'application/json' },
  body: JSON.stringify({
    model: 'qwen-plus',
    input: {
      messages: [
        { role: 'system', content: 'You are a helpful assistant.' },
        { role: 'user', content: '你是谁?' },
      ],
    },
    parameters: { result_format: 'message' },
  }),
})
const body = await response.json()
if (!response.ok) throw new Error(`${body.code}: ${body.message}`)
console.log(body.output.choices[0].message.content)
