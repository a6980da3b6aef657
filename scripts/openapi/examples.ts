const MESSAGES = [{ role: 'user', content: 'Who are you?' }]
const PICTURE = 'https://example.com/a.png'
const ITEM = { type: 'message', role: 'user', content: 'Who are you?' }

/** An example body of each operation: forwarded endpoints by name, the gateway's own by `method path`. */
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
      messages: [{ role: 'user', content: [{ image: PICTURE }, { text: 'What is this?' }] }],
    },
  },
  'anthropic-messages': { model: 'qwen-plus', max_tokens: 100, messages: MESSAGES },
  'anthropic-count-tokens': { model: 'qwen-plus', messages: MESSAGES },
  'compatible-embeddings': { model: 'text-embedding-v4', input: 'a sentence' },
  'text-embedding': { model: 'text-embedding-v4', input: { texts: ['a sentence'] } },
  'multimodal-embedding': {
    model: 'multimodal-embedding-v1',
    input: { contents: [{ text: 'a sentence' }, { image: PICTURE }] },
  },
  'text-rerank': {
    model: 'gte-rerank-v2',
    input: { query: 'Which animal lives in the sea?', documents: ['a whale', 'a camel'] },
    parameters: { top_n: 1 },
  },
  'compatible-rerank': {
    model: 'gte-rerank-v2',
    query: 'Which animal lives in the sea?',
    documents: ['a whale', 'a camel'],
  },
  tokenizer: { model: 'qwen-plus', input: { messages: MESSAGES } },
  completions: { model: 'qwen-coder-turbo', prompt: 'def fibonacci(n):', max_tokens: 100 },
  decision: {
    model: 'decision-model-preview',
    questions: { urgent: { type: 'noul', instructions: 'Is it urgent?' } },
  },
  'app-completion': { input: { prompt: 'Who are you?' }, parameters: {} },
  'app-responses': { input: [ITEM] },
  'conversation-create': { items: [ITEM], metadata: { topic: 'whales' } },
  'conversation-update': { metadata: { topic: 'whales' } },
  'conversation-items-create': { items: [ITEM] },
  'batch-create': {
    input_file_id: 'file-batch-8f14e45f',
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  },
  'image-generation': { model: 'wan2.6-image', input: { messages: MESSAGES } },
  'image-to-image': {
    model: 'wanx2.1-imageedit',
    input: { function: 'description_edit', prompt: 'Make the sky red', base_image_url: PICTURE },
  },
  'background-generation': {
    model: 'wanx-background-generation-v2',
    input: { base_image_url: PICTURE, ref_prompt: 'on a wooden table' },
  },
  'image-to-video': {
    model: 'wan2.2-kf2v-flash',
    input: { first_frame_url: PICTURE, prompt: 'The sun rises' },
  },
  transcription: { model: 'paraformer-v2', input: { file_urls: ['https://example.com/a.mp3'] } },
  'out-painting': {
    model: 'image-out-painting',
    input: { image_url: PICTURE },
    parameters: { x_scale: 1.5 },
  },
  'virtual-model': { model: 'virtualmodel-v2', input: { base_image_url: PICTURE, prompt: 'a person' } },
  'wordart-texture': {
    model: 'wordart-texture',
    input: { text: { text_content: '春' }, prompt: 'made of ice' },
  },
  'wordart-semantic': { model: 'wordart-semantic', input: { text: '春', prompt: 'made of flowers' } },
  '3d-generation': { model: 'image-to-3d', input: { image_url: PICTURE } },
  'animation-template': {
    model: 'animate-anyone-template-gen2',
    input: { video_url: 'https://example.com/a.mp4' },
  },
  'face-detect': { model: 'emo-detect-v1', input: { image_url: PICTURE } },
  'animation-detect': { model: 'animate-anyone-detect-gen2', input: { image_url: PICTURE } },
  'image-process': { model: 'image-erase-completion', input: { image_url: PICTURE } },
  'music-generation': { model: 'fun-music-v1', input: { prompt: 'a calm song' } },
  'speech-synthesis': { model: 'cosyvoice-v3-flash', input: { text: 'Good morning!', voice: 'longanyang' } },
  'voice-customization': {
    model: 'voice-enrollment',
    input: {
      action: 'create_voice',
      target_model: 'cosyvoice-v3-flash',
      prefix: 'mine',
      url: 'https://example.com/a.wav',
    },
  },
  'vocabulary-customization': {
    model: 'speech-biasing',
    input: {
      action: 'create_vocabulary',
      target_model: 'fun-asr',
      prefix: 'mine',
      vocabulary: [{ text: 'DashScope', weight: 4 }],
    },
  },
  'text-to-image': { model: 'wan2.2-t2i-flash', input: { prompt: 'A lighthouse at dawn' } },
  'video-generation': { model: 'wan2.2-t2v-plus', input: { prompt: 'Waves at dawn' } },
  'images-generations': { model: 'qwen-image', prompt: 'A lighthouse at dawn', size: '1024x1024' },
  'audio-speech': { model: 'qwen3-tts-flash', input: 'Good morning!', voice: 'Cherry' },
  'post /session': { scope: 'read' },
  'post /keys': { name: 'web', models: ['qwen-*'], limits: { requests_per_minute: 60 } },
  'patch /keys/{id}': { limits: { requests_per_minute: 120 }, expires_at: null },
  'post /hooks': {
    name: 'team bot',
    kind: 'github',
    key: 'key_0123456789abcdef',
    secrets: { secret: 'a long random text' },
    prompt: { model: 'qwen-plus', user: '{{event.text}}' },
  },
  'patch /hooks/{id}': { disabled: true },
  'post /presets': { name: 'summary', model: 'qwen-plus', user: 'Summarise: {{text}}' },
  'patch /presets/{id}': { model: 'qwen-max' },
  'post /presets/{id}/run': { variables: { text: 'A long article …' } },
  'post /tokens': { ttl_seconds: 900, user: 'u-17' },
  'post /jobs': {
    request: {
      path: '/compatible-mode/v1/chat/completions',
      body: { model: 'qwen-plus', messages: [{ role: 'user', content: 'Write a long story.' }] },
    },
    webhook: 'https://app.example/hooks',
    metadata: { order: '17' },
  },
  'post /jobs/deliveries/redeliver': { status: 'dead', since: '2026-11-01T00:00:00Z' },
  'post /jobs/endpoints': { url: 'https://app.example/hooks', events: ['job.succeeded', 'job.failed'] },
  'patch /jobs/endpoints/{id}': { disabled: true },
  'post /jobs/endpoints/{id}/secret/rotate': { overlap_seconds: 3600 },
  'post /jobs/secret/rotate': { overlap_seconds: 3600 },
  'post /explain': {
    request: {
      method: 'POST',
      path: '/compatible-mode/v1/chat/completions',
      body: { model: 'qwen-plus', messages: MESSAGES },
    },
  },
}
