const MESSAGES = [{ role: 'user', content: 'Who are you?' }]

/** A body that each operation takes: of forwarded endpoints by their names, of the gateway's own by `method path`. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  'chat-completions': { model: 'qwen-plus', messages: MESSAGES },
  responses: { model: 'qwen-plus', input: 'Who are you?' },
  'text-generation': {
    model: 'qwen-plus',
    input: { messages: MESSAGES },
    parameters: { result_format: 'message' },
  },
  'multimodal-generation': {
    model: 'qwen-vl-plus',
    input: {
      messages: [
        { role: 'user', content: [{ image: 'https://example.com/a.png' }, { text: 'What is this?' }] },
      ],
    },
  },
  'anthropic-messages': { model: 'qwen-plus', max_tokens: 100, messages: MESSAGES },
  'anthropic-count-tokens': { model: 'qwen-plus', messages: MESSAGES },
  'compatible-embeddings': { model: 'text-embedding-v4', input: 'a sentence' },
  'text-embedding': { model: 'text-embedding-v4', input: { texts: ['a sentence'] } },
  'text-to-image': { model: 'wan2.2-t2i-flash', input: { prompt: 'A lighthouse at dawn' } },
  'video-generation': { model: 'wan2.2-t2v-plus', input: { prompt: 'Waves at dawn' } },
  'post /session': { scope: 'read' },
  'post /keys': { name: 'web', models: ['qwen-*'], limits: { requests_per_minute: 60 } },
  'patch /keys/{id}': { limits: { requests_per_minute: 120 }, expires_at: null },
  'post /tokens': { ttl_seconds: 900, user: 'u-17' },
  'post /explain': {
    request: {
      method: 'POST',
      path: '/compatible-mode/v1/chat/completions',
      body: { model: 'qwen-plus', messages: MESSAGES },
    },
  },
}
