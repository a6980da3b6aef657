import { describe, expect, it } from 'vitest'
import { dialectOfPath, endpointNames, findEndpoint } from '../../src/dashscope/endpoints.ts'
import type { Dialect } from '../../src/errors.ts'

const AGENT = '/api/v2/apps/agent/a.B_9-/compatible-mode/v1'

/** Every row of the table: name, method, path, dialect, and the id and the application in the path. */
const ROWS: readonly [
  name: string,
  method: string,
  path: string,
  dialect: Dialect,
  id?: string | undefined,
  app?: string,
][] = [
  ['text-generation', 'POST', '/api/v1/services/aigc/text-generation/generation', 'native'],
  ['multimodal-generation', 'POST', '/api/v1/services/aigc/multimodal-generation/generation', 'native'],
  ['text-embedding', 'POST', '/api/v1/services/embeddings/text-embedding/text-embedding', 'native'],
  [
    'multimodal-embedding',
    'POST',
    '/api/v1/services/embeddings/multimodal-embedding/multimodal-embedding',
    'native',
  ],
  ['text-rerank', 'POST', '/api/v1/services/rerank/text-rerank/text-rerank', 'native'],
  ['compatible-rerank', 'POST', '/compatible-api/v1/reranks', 'compatible'],
  ['app-completion', 'POST', '/api/v1/apps/a.B_9-/completion', 'native', undefined, 'a.B_9-'],
  ['text-to-image', 'POST', '/api/v1/services/aigc/text2image/image-synthesis', 'native'],
  ['image-to-image', 'POST', '/api/v1/services/aigc/image2image/image-synthesis', 'native'],
  ['image-generation', 'POST', '/api/v1/services/aigc/image-generation/generation', 'native'],
  ['background-generation', 'POST', '/api/v1/services/aigc/background-generation/generation', 'native'],
  ['video-generation', 'POST', '/api/v1/services/aigc/video-generation/video-synthesis', 'native'],
  ['image-to-video', 'POST', '/api/v1/services/aigc/image2video/video-synthesis', 'native'],
  ['transcription', 'POST', '/api/v1/services/audio/asr/transcription', 'native'],
  ['out-painting', 'POST', '/api/v1/services/aigc/image2image/out-painting', 'native'],
  ['virtual-model', 'POST', '/api/v1/services/aigc/virtualmodel/generation', 'native'],
  ['wordart-texture', 'POST', '/api/v1/services/aigc/wordart/texture', 'native'],
  ['wordart-semantic', 'POST', '/api/v1/services/aigc/wordart/semantic', 'native'],
  ['3d-generation', 'POST', '/api/v1/services/aigc/video-generation/3d-generation', 'native'],
  ['animation-template', 'POST', '/api/v1/services/aigc/image2video/aa-template-generation', 'native'],
  ['face-detect', 'POST', '/api/v1/services/aigc/image2video/face-detect', 'native'],
  ['animation-detect', 'POST', '/api/v1/services/aigc/image2video/aa-detect', 'native'],
  ['image-process', 'POST', '/api/v1/services/vision/image-process/process', 'native'],
  ['speech-synthesis', 'POST', '/api/v1/services/audio/tts/SpeechSynthesizer', 'native'],
  ['music-generation', 'POST', '/api/v1/services/audio/music/generation', 'native'],
  ['tokenizer', 'POST', '/api/v1/tokenizer', 'native'],
  ['task-list', 'GET', '/api/v1/tasks', 'native'],
  ['task', 'GET', '/api/v1/tasks/t-1', 'native', 't-1'],
  ['task-cancel', 'POST', '/api/v1/tasks/t-1/cancel', 'native', 't-1'],
  ['upload-policy', 'GET', '/api/v1/uploads', 'native'],
  ['voice-customization', 'POST', '/api/v1/services/audio/tts/customization', 'native'],
  ['vocabulary-customization', 'POST', '/api/v1/services/audio/asr/customization', 'native'],
  ['model', 'GET', '/compatible-mode/v1/models/qwen-plus', 'compatible', 'qwen-plus'],
  ['model-catalogue', 'GET', '/api/v1/models', 'native'],
  ['webrtc', 'POST', '/api/v1/webrtc/realtime', 'native'],
  ['public-key', 'GET', '/api/v1/public-keys/latest', 'native'],
  ['chat-completions', 'POST', '/compatible-mode/v1/chat/completions', 'compatible'],
  ['completions', 'POST', '/compatible-mode/v1/completions', 'compatible'],
  ['decision', 'POST', '/compatible-mode/v1/systemone', 'compatible'],
  ['compatible-embeddings', 'POST', '/compatible-mode/v1/embeddings', 'compatible'],
  ['models', 'GET', '/compatible-mode/v1/models', 'compatible'],
  ['responses', 'POST', '/compatible-mode/v1/responses', 'compatible'],
  ['response', 'GET', '/compatible-mode/v1/responses/resp_1', 'compatible', 'resp_1'],
  ['response-delete', 'DELETE', '/compatible-mode/v1/responses/resp_1', 'compatible', 'resp_1'],
  ['response-input-items', 'GET', '/compatible-mode/v1/responses/resp_1/input_items', 'compatible', 'resp_1'],
  ['response-cancel', 'POST', '/compatible-mode/v1/responses/resp_1/cancel', 'compatible', 'resp_1'],
  ['conversation-create', 'POST', '/compatible-mode/v1/conversations', 'compatible'],
  ['conversation', 'GET', '/compatible-mode/v1/conversations/conv_1', 'compatible', 'conv_1'],
  ['conversation-update', 'POST', '/compatible-mode/v1/conversations/conv_1', 'compatible', 'conv_1'],
  ['conversation-delete', 'DELETE', '/compatible-mode/v1/conversations/conv_1', 'compatible', 'conv_1'],
  [
    'conversation-items-create',
    'POST',
    '/compatible-mode/v1/conversations/conv_1/items',
    'compatible',
    'conv_1',
  ],
  ['conversation-items', 'GET', '/compatible-mode/v1/conversations/conv_1/items', 'compatible', 'conv_1'],
  [
    'conversation-item',
    'GET',
    '/compatible-mode/v1/conversations/conv_1/items/msg_1',
    'compatible',
    'conv_1',
  ],
  [
    'conversation-item-delete',
    'DELETE',
    '/compatible-mode/v1/conversations/conv_1/items/msg_1',
    'compatible',
    'conv_1',
  ],
  ['app-responses', 'POST', `${AGENT}/responses`, 'compatible', undefined, 'a.B_9-'],
  ['app-response', 'GET', `${AGENT}/responses/resp_1`, 'compatible', 'resp_1', 'a.B_9-'],
  ['app-response-delete', 'DELETE', `${AGENT}/responses/resp_1`, 'compatible', 'resp_1', 'a.B_9-'],
  ['app-response-cancel', 'POST', `${AGENT}/responses/resp_1/cancel`, 'compatible', 'resp_1', 'a.B_9-'],
  ['file-upload', 'POST', '/compatible-mode/v1/files', 'compatible'],
  ['file-list', 'GET', '/compatible-mode/v1/files', 'compatible'],
  ['native-file-upload', 'POST', '/api/v1/files', 'native'],
  ['native-file-list', 'GET', '/api/v1/files', 'native'],
  ['native-file', 'GET', '/api/v1/files/a-1', 'native', 'a-1'],
  ['native-file-delete', 'DELETE', '/api/v1/files/a-1', 'native', 'a-1'],
  ['file', 'GET', '/compatible-mode/v1/files/file-fe-1', 'compatible', 'file-fe-1'],
  ['file-delete', 'DELETE', '/compatible-mode/v1/files/file-fe-1', 'compatible', 'file-fe-1'],
  ['file-content', 'GET', '/compatible-mode/v1/files/file-fe-1/content', 'compatible', 'file-fe-1'],
  ['batch-create', 'POST', '/compatible-mode/v1/batches', 'compatible'],
  ['batch-list', 'GET', '/compatible-mode/v1/batches', 'compatible'],
  ['batch', 'GET', '/compatible-mode/v1/batches/batch_1', 'compatible', 'batch_1'],
  ['batch-cancel', 'POST', '/compatible-mode/v1/batches/batch_1/cancel', 'compatible', 'batch_1'],
  ['anthropic-messages', 'POST', '/apps/anthropic/v1/messages', 'anthropic'],
  ['anthropic-count-tokens', 'POST', '/apps/anthropic/v1/messages/count_tokens', 'anthropic'],
  ['images-generations', 'POST', '/compatible-mode/v1/images/generations', 'compatible'],
  ['images-edits', 'POST', '/compatible-mode/v1/images/edits', 'compatible'],
  ['audio-speech', 'POST', '/compatible-mode/v1/audio/speech', 'compatible'],
  ['audio-transcriptions', 'POST', '/compatible-mode/v1/audio/transcriptions', 'compatible'],
  ['videos', 'POST', '/compatible-mode/v1/videos', 'compatible'],
  ['video-list', 'GET', '/compatible-mode/v1/videos', 'compatible'],
  ['video', 'GET', '/compatible-mode/v1/videos/video-1', 'compatible', 'video-1'],
  ['video-content', 'GET', '/compatible-mode/v1/videos/video-1/content', 'compatible', 'video-1'],
  ['video-delete', 'DELETE', '/compatible-mode/v1/videos/video-1', 'compatible', 'video-1'],
]

describe('the endpoint table', () => {
  it('The table holds exactly these rows, each under its own name.', () => {
    expect([...endpointNames].sort()).toEqual(ROWS.map(([name]) => name).sort())
    expect(new Set(endpointNames).size).toBe(endpointNames.length)
  })

  it.each(ROWS)('%s is found by %s %s', (name, method, path, dialect, id, app) => {
    for (const asked of [path, `${path}/`]) {
      expect(findEndpoint(method, asked)).toMatchObject({
        kind: 'endpoint',
        endpoint: { name, method, dialect },
        id,
        app,
      })
    }
    expect(dialectOfPath(path)).toBe(dialect)
  })

  it.each(ROWS)('%s takes no other method.', (_name, _method, path, dialect) => {
    const allowed = ROWS.filter((row) => row[2] === path).map((row) => row[1])
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'get', 'post', '']) {
      if (allowed.includes(method)) continue
      expect(findEndpoint(method, path)).toEqual({ kind: 'wrong-method', allowed, dialect })
    }
  })

  it.each(ROWS)('%s is not found by a path that is almost its own.', (_name, method, path) => {
    for (const asked of [
      `${path}//`,
      `/${path}`,
      path.slice(1),
      `${path}/more`,
      `${path} `,
      `${path}?`,
      `${path}%2f`,
      `${path}\0`,
      path.toUpperCase(),
      path.replace('/v1/', '/v2/'),
      path.replace('/v1/', '/v1//'),
      `/x${path}`,
    ]) {
      expect(findEndpoint(method, asked), asked).not.toMatchObject({
        kind: 'endpoint',
        endpoint: { pattern: { matcher: undefined } },
      })
    }
  })

  it.each([
    '/api/v1/tasks/%/cancel',
    '/api/v1/tasks/%',
    '/api/v1/apps/%/completion',
    '/compatible-mode/v1/files/%',
    '/compatible-mode/v1/files/%/content',
  ])('An invalid id is not found: %s', (pattern) => {
    for (const id of [
      '..',
      '.',
      '',
      ' ',
      'a/b',
      '../b',
      'a%2fb',
      '%2e%2e',
      'a\\b',
      'a?b',
      'a#b',
      'a;b',
      'a b',
      '你',
      'a\n',
      'x'.repeat(129),
    ]) {
      const path = pattern.replace('%', id)
      for (const method of ['GET', 'POST', 'DELETE']) {
        const found = findEndpoint(method, path)
        if (found.kind === 'endpoint') expect([undefined, 'cancel', 'content'], path).toContain(found.id)
      }
    }
  })

  it('A missing id does not turn a lookup into a list.', () => {
    expect(findEndpoint('GET', '/api/v1/tasks/')).toMatchObject({ endpoint: { name: 'task-list' } })
    expect(findEndpoint('DELETE', '/compatible-mode/v1/files/').kind).toBe('wrong-method')
  })

  it.each(['', '/', '//', '/api/v1', '/__proto__', '/constructor'])('No endpoint is found at %j', (path) => {
    expect(findEndpoint('GET', path)).toEqual({ kind: 'nothing' })
  })
})

describe('dialectOfPath', () => {
  it.each([
    ['/compatible-mode/v1/nothing', 'compatible'],
    ['/compatible-api/v1/nothing', 'compatible'],
    ['/apps/anthropic/v1/nothing', 'anthropic'],
    ['/apps/nothing', 'native'],
    ['/api/v1/compatible-mode/', 'native'],
    ['/edge/keys', 'native'],
    ['/', 'native'],
  ])('The dialect of %s is %s', (path, dialect) => expect(dialectOfPath(path)).toBe(dialect))
})
