import { change, form, get, post, type Sample } from './sample.ts'
import { STORED_SAMPLES } from './stored-samples.ts'
import { TRANSLATED_SAMPLES } from './translated-samples.ts'

const SERVICES = '/api/v1/services'
const COMPATIBLE = '/compatible-mode/v1'
const messages = [
  { role: 'system', content: 'You are brief.' },
  { role: 'user', content: '12*7' },
]
const image = 'https://example.com/cat.png'

/** One sample for each endpoint of the table. */
export const SAMPLES: readonly Sample[] = [
  post('text-generation', `${SERVICES}/aigc/text-generation/generation`, {
    model: 'qwen-plus',
    input: { messages },
    parameters: {
      result_format: 'message',
      temperature: 0.7,
      seed: 1234,
      top_p: 0.8,
      incremental_output: true,
    },
  }),
  post('multimodal-generation', `${SERVICES}/aigc/multimodal-generation/generation`, {
    model: 'qwen-vl-max',
    input: { messages: [{ role: 'user', content: [{ image }, { text: 'What is it?' }] }] },
    parameters: { max_tokens: 50 },
  }),
  post('text-embedding', `${SERVICES}/embeddings/text-embedding/text-embedding`, {
    model: 'text-embedding-v4',
    input: { texts: ['a', 'b'] },
    parameters: { dimension: 64 },
  }),
  post('multimodal-embedding', `${SERVICES}/embeddings/multimodal-embedding/multimodal-embedding`, {
    model: 'multimodal-embedding-v1',
    input: { contents: [{ text: 'a' }, { image }] },
  }),
  post('text-rerank', `${SERVICES}/rerank/text-rerank/text-rerank`, {
    model: 'gte-rerank-v2',
    input: { query: 'whales', documents: ['a', 'b'] },
    parameters: { top_n: 1, return_documents: true },
  }),
  post('compatible-rerank', '/compatible-api/v1/reranks', {
    model: 'gte-rerank-v2',
    query: 'q',
    documents: ['a'],
    top_n: 1,
  }),
  post('app-completion', '/api/v1/apps/app-1/completion', {
    input: { prompt: 'hi' },
    parameters: {},
  }),
  ...[
    ['text-to-image', 'aigc/text2image/image-synthesis'],
    ['image-to-image', 'aigc/image2image/image-synthesis'],
    ['image-generation', 'aigc/image-generation/generation'],
    ['background-generation', 'aigc/background-generation/generation'],
    ['video-generation', 'aigc/video-generation/video-synthesis'],
    ['image-to-video', 'aigc/image2video/video-synthesis'],
    ['transcription', 'audio/asr/transcription'],
    ['out-painting', 'aigc/image2image/out-painting'],
    ['virtual-model', 'aigc/virtualmodel/generation'],
    ['wordart-texture', 'aigc/wordart/texture'],
    ['wordart-semantic', 'aigc/wordart/semantic'],
    ['3d-generation', 'aigc/video-generation/3d-generation'],
    ['animation-template', 'aigc/image2video/aa-template-generation'],
  ].map(([name = '', path = '']) =>
    post(
      name,
      `${SERVICES}/${path}`,
      {
        model: 'wanx2.1-t2i-turbo',
        input: { prompt: 'a whale' },
        parameters: { n: 1 },
      },
      { 'x-dashscope-async': 'enable' },
    ),
  ),
  ...[
    ['face-detect', 'aigc/image2video/face-detect'],
    ['animation-detect', 'aigc/image2video/aa-detect'],
    ['image-process', 'vision/image-process/process'],
  ].map(([name = '', path = '']) =>
    post(name, `${SERVICES}/${path}`, {
      model: 'emo-detect-v1',
      input: { image_url: image },
      parameters: {},
    }),
  ),
  post('music-generation', `${SERVICES}/audio/music/generation`, {
    model: 'fun-music-v1',
    input: { prompt: 'a calm song' },
  }),
  post('tokenizer', '/api/v1/tokenizer', { model: 'qwen-plus', input: { prompt: 'Whales.' } }),
  post('speech-synthesis', `${SERVICES}/audio/tts/SpeechSynthesizer`, {
    model: 'cosyvoice-v3-flash',
    input: { text: 'Hello.', voice: 'longanyang' },
  }),
  post('anthropic-count-tokens', '/apps/anthropic/v1/messages/count_tokens', {
    model: 'qwen-plus',
    messages: [{ role: 'user', content: 'hi' }],
  }),
  get('task-list', '/api/v1/tasks?page_no=1&page_size=10&status=SUCCEEDED'),
  get('task', '/api/v1/tasks/{task}'),
  change('POST', 'task-cancel', '/api/v1/tasks/3a2b6c1e-0000-4000-8000-000000000000/cancel'),
  get('upload-policy', '/api/v1/uploads?action=getPolicy&model=qwen-vl-max'),
  post('voice-customization', `${SERVICES}/audio/tts/customization`, {
    model: 'voice-enrollment',
    input: { action: 'create_voice', target_model: 'cosyvoice-v3-flash', prefix: 'fuzz', url: image },
  }),
  post('vocabulary-customization', `${SERVICES}/audio/asr/customization`, {
    model: 'speech-biasing',
    input: { action: 'create_vocabulary', target_model: 'fun-asr', prefix: 'fuzz', vocabulary: [] },
  }),
  get('model', `${COMPATIBLE}/models/qwen-plus`),
  get('model-catalogue', '/api/v1/models?page_no=1&page_size=5'),
  {
    name: 'webrtc',
    method: 'POST',
    path: '/api/v1/webrtc/realtime?model=qwen3-omni-flash-realtime',
    body: 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n',
    headers: { 'content-type': 'application/sdp' },
  },
  get('public-key', '/api/v1/public-keys/latest'),
  post('chat-completions', `${COMPATIBLE}/chat/completions`, {
    model: 'qwen-plus',
    messages,
    stream: false,
    temperature: 0.5,
    n: 1,
    tools: [
      { type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: {} } } },
    ],
  }),
  post('completions', `${COMPATIBLE}/completions`, {
    model: 'qwen-coder-turbo',
    prompt: '<|fim_prefix|>def f():<|fim_suffix|>',
    max_tokens: 20,
    stream: false,
  }),
  post('decision', `${COMPATIBLE}/systemone`, {
    model: 'decision-model-preview',
    state: { order: 7 },
    questions: { urgent: { type: 'noul', instructions: 'Is it urgent?' } },
  }),
  post('compatible-embeddings', `${COMPATIBLE}/embeddings`, {
    model: 'text-embedding-v4',
    input: ['a'],
    dimensions: 64,
  }),
  get('models', `${COMPATIBLE}/models`),
  form(
    'file-upload',
    `${COMPATIBLE}/files`,
    { purpose: 'file-extract' },
    { name: 'file', filename: 'a.txt', text: 'Whales.' },
  ),
  get('file-list', `${COMPATIBLE}/files?limit=5`),
  get('file', `${COMPATIBLE}/files/{file}`),
  change('DELETE', 'file-delete', `${COMPATIBLE}/files/file-fe-1`),
  get('file-content', `${COMPATIBLE}/files/{file}/content`),
  form(
    'native-file-upload',
    '/api/v1/files',
    { descriptions: 'whales' },
    { name: 'files', filename: 'a.jsonl', text: '{}' },
  ),
  get('native-file-list', '/api/v1/files?page_no=1&page_size=5'),
  get('native-file', '/api/v1/files/{native-file}'),
  change('DELETE', 'native-file-delete', '/api/v1/files/3a2b6c1e-0000-4000-8000-000000000000'),
  post('anthropic-messages', '/apps/anthropic/v1/messages', {
    model: 'qwen-plus',
    max_tokens: 50,
    system: 'Be brief.',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
  }),
  ...STORED_SAMPLES,
  ...TRANSLATED_SAMPLES,
]
