const GREETING = 'I am Qwen, a model by Alibaba Cloud.'
const ID = '8f14e45f-ceea-4d8b-9c3a-0b5d5c9e1f27'
const SECONDS = 1_795_867_200

/** Example responses of DashScope by schema, in the format of recorded responses. */
export const RESPONSE_EXAMPLES: Readonly<Record<string, unknown>> = {
  NativeResponse: {
    output: { choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: GREETING } }] },
    usage: { input_tokens: 12, output_tokens: 10, total_tokens: 22 },
    request_id: ID,
  },
  Task: { output: { task_status: 'PENDING', task_id: ID }, request_id: ID },
  ChatCompletion: {
    id: `chatcmpl-${ID}`,
    object: 'chat.completion',
    created: SECONDS,
    model: 'qwen-plus',
    choices: [{ index: 0, message: { role: 'assistant', content: GREETING }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 12, completion_tokens: 10, total_tokens: 22 },
  },
  Embeddings: {
    object: 'list',
    model: 'text-embedding-v4',
    data: [{ object: 'embedding', index: 0, embedding: [0.013, -0.042] }],
    usage: { prompt_tokens: 2, total_tokens: 2 },
  },
  ModelList: { object: 'list', data: [{ id: 'qwen-plus', object: 'model', owned_by: 'system' }] },
  Response: {
    id: `resp_${ID}`,
    object: 'response',
    status: 'completed',
    model: 'qwen-plus',
    output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: GREETING }] }],
    usage: { input_tokens: 12, output_tokens: 10, total_tokens: 22 },
  },
  Conversation: { id: `conv_${ID}`, object: 'conversation', created_at: SECONDS, metadata: {} },
  File: { id: `file-fe-${ID}`, object: 'file', filename: 'notes.pdf', bytes: 5120, purpose: 'file-extract' },
  Deleted: { id: `file-fe-${ID}`, object: 'file', deleted: true },
  AnthropicMessage: {
    id: `msg_${ID}`,
    type: 'message',
    role: 'assistant',
    model: 'qwen-plus',
    content: [{ type: 'text', text: GREETING }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 12, output_tokens: 10 },
  },
  TokenCount: { input_tokens: 12 },
}

const native = (output: unknown, usage?: unknown) => ({
  output,
  ...(usage !== undefined && { usage }),
  request_id: ID,
})

const detected = native({ check_pass: true, humanoid: true }, { image_count: 1 })

const spoken = native({ finish_reason: 'stop', audio: { data: '', url: 'https://results.example/a.mp3' } })

const images = { created: SECONDS, data: [{ url: 'https://results.example/a.png' }] }

const item = { id: `msg_${ID}`, type: 'message', role: 'user', content: 'Who are you?' }

const page = (entries: readonly unknown[]) => ({ object: 'list', data: entries, has_more: false })

const batch = {
  id: `batch_${ID}`,
  object: 'batch',
  endpoint: '/v1/chat/completions',
  input_file_id: 'file-batch-8f14e45f',
  completion_window: '24h',
  status: 'in_progress',
  request_counts: { total: 100, completed: 20, failed: 0 },
}

const video = {
  id: `${ID}_5_1280x720_wan2.6-t2v`,
  object: 'video',
  model: 'wan2.6-t2v',
  status: 'queued',
  progress: 0,
  created_at: SECONDS,
  seconds: '5',
  size: '1280x720',
}

const file = { file_id: ID, name: 'a.jsonl', description: '', size: 5120 }

/** Example responses of single operations, by name, for which the example of the schema does not fit. */
export const OPERATION_EXAMPLES: Readonly<Record<string, unknown>> = {
  'text-embedding': native(
    { embeddings: [{ text_index: 0, embedding: [0.013, -0.042] }] },
    { total_tokens: 2 },
  ),
  'multimodal-embedding': native({
    embeddings: [{ index: 0, type: 'text', embedding: [0.013, -0.042] }],
  }),
  'text-rerank': native(
    { results: [{ index: 0, relevance_score: 0.93, document: { text: 'a whale' } }] },
    { total_tokens: 14 },
  ),
  'compatible-rerank': {
    object: 'list',
    id: ID,
    model: 'gte-rerank-v2',
    results: [{ index: 0, relevance_score: 0.93 }],
    usage: { total_tokens: 14 },
  },
  tokenizer: native(
    { token_ids: [15191, 525, 498, 30], tokens: ['Who', ' are', ' you', '?'] },
    { input_tokens: 4 },
  ),
  'app-completion': native({
    text: GREETING,
    finish_reason: 'stop',
    session_id: '627cbc5075a656fd8d7cd8c65d3dcb83',
  }),
  'face-detect': detected,
  'animation-detect': detected,
  'image-process': detected,
  'music-generation': spoken,
  'speech-synthesis': spoken,
  'voice-customization': native({ voice_id: 'cosyvoice-v3-flash-mine-8f14e45f' }, { count: 1 }),
  'vocabulary-customization': native({ vocabulary_id: 'vocab-mine-8f14e45f' }, { count: 1 }),
  task: native(
    { task_id: ID, task_status: 'SUCCEEDED', results: [{ url: 'https://results.example/a.png' }] },
    { image_count: 1 },
  ),
  'task-list': {
    data: [{ task_id: ID, status: 'SUCCEEDED', model_name: 'wan2.2-t2i-flash' }],
    page_no: 1,
    page_size: 10,
    total_page: 1,
    total: 1,
    request_id: ID,
  },
  'task-cancel': { request_id: ID },
  'upload-policy': {
    data: {
      policy: 'eyJleHBpcmF0aW9uIjoi…',
      signature: 'g6aRmH4fEuTJ…',
      upload_dir: 'dashscope-instant/…',
      upload_host: 'https://dashscope-file.example',
      expire_in_seconds: 300,
      max_file_size_mb: 100,
      oss_access_key_id: '…',
      x_oss_object_acl: 'private',
      x_oss_forbid_overwrite: 'true',
    },
    request_id: ID,
  },
  'model-catalogue': {
    success: true,
    output: { total: 1, page_no: 1, page_size: 10, models: [{ model: 'qwen-plus' }] },
    request_id: ID,
  },
  'public-key': { data: { public_key_id: ID, public_key: 'MIIBIjANBgkq…' }, request_id: ID },
  completions: {
    id: `cmpl-${ID}`,
    object: 'text_completion',
    created: SECONDS,
    model: 'qwen-coder-turbo',
    choices: [{ index: 0, text: '\n    return n', finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: 4, total_tokens: 9 },
  },
  decision: {
    model: 'decision-model-preview',
    answers: { urgent: { type: 'noul', noul: 0.13 } },
    request_id: ID,
  },
  model: { id: 'qwen-plus', object: 'model', created: SECONDS, owned_by: 'system' },
  'response-delete': { id: `resp_${ID}`, object: 'response.deleted', deleted: true },
  'app-response-delete': { id: `resp_${ID}`, object: 'response.deleted', deleted: true },
  'response-input-items': page([item]),
  'conversation-delete': { id: `conv_${ID}`, object: 'conversation.deleted', deleted: true },
  'conversation-items': page([item]),
  'conversation-items-create': page([item]),
  'conversation-item': item,
  'native-file-upload': {
    data: { uploaded_files: [{ file_id: ID, name: 'a.jsonl' }], failed_uploads: [] },
    request_id: ID,
  },
  'native-file-list': { data: { total: 1, page_no: 1, page_size: 10, files: [file] }, request_id: ID },
  'native-file': { data: file, request_id: ID },
  'native-file-delete': { request_id: ID },
  'batch-create': batch,
  batch,
  'batch-cancel': { ...batch, status: 'cancelling' },
  'batch-list': page([batch]),
  'images-generations': images,
  'images-edits': images,
  'audio-transcriptions': { text: 'Hello world.', usage: { type: 'duration', seconds: 4 } },
  videos: video,
  video,
  'video-list': page([video]),
  'video-delete': { id: video.id, object: 'video.deleted', deleted: true },
}
