import { SSE } from '../../harness/caller.ts'
import type { Kind, Question } from './mix-kind.ts'

const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'
const SYNTHESIS = '/api/v1/services/audio/tts/SpeechSynthesizer'
const VIDEOS = '/api/v1/services/aigc/video-generation/video-synthesis'
const ASYNC = { 'x-dashscope-async': 'enable' }

/** Asks a model something, with what it takes besides its name. */
function asks(
  model: string,
  path: string,
  of: (text: string) => object,
  headers: Record<string, string> = {},
): Pick<Kind, 'model' | 'make'> {
  return { model, make: (text): Question => ({ path, headers, body: { model, ...of(text) } }) }
}

function video(resolution: string, share: number): Kind {
  const of = (prompt: string) => ({ input: { prompt }, parameters: { resolution, duration: 5 } })
  return {
    kind: `video ${resolution}`,
    share,
    later: 'task',
    ...asks('wan2.5-t2v-preview', VIDEOS, of, ASYNC),
  }
}

/** Speech, images, video and what else is billed by other units than tokens; some of it as tasks. */
export const UNITS: readonly Kind[] = [
  {
    kind: 'speech',
    share: 20,
    ...asks('qwen3-tts-flash', MULTIMODAL, (text) => ({ input: { text, voice: 'Cherry' } })),
  },
  {
    kind: 'speech stream',
    share: 10,
    ...asks('qwen3-tts-instruct-flash', MULTIMODAL, (text) => ({ input: { text, voice: 'Cherry' } }), SSE),
  },
  {
    kind: 'synthesis',
    share: 10,
    ...asks('cosyvoice-v3-flash', SYNTHESIS, (text) => ({ input: { text, voice: 'longanyang' } })),
  },
  {
    kind: 'recognition',
    share: 10,
    ...asks('qwen3-asr-flash', MULTIMODAL, (text) => ({
      input: {
        messages: [
          { role: 'system', content: [{ text }] },
          { role: 'user', content: [{ audio: 'https://a.example/b.wav' }] },
        ],
      },
    })),
  },
  {
    kind: 'song',
    share: 5,
    ...asks('fun-music-v1', '/api/v1/services/audio/music/generation', (prompt) => ({ input: { prompt } })),
  },
  {
    kind: 'images',
    share: 10,
    ...asks('qwen-image-plus', MULTIMODAL, (text) => ({
      input: { messages: [{ role: 'user', content: [{ text }] }] },
      parameters: { n: 2 },
    })),
  },
  {
    kind: 'check of an image',
    share: 10,
    ...asks('emo-detect-v1', '/api/v1/services/aigc/image2video/face-detect', () => ({
      input: { image_url: 'https://a.example/a.png' },
    })),
  },
  {
    kind: 'voice',
    share: 5,
    ...asks('voice-enrollment', '/api/v1/services/audio/tts/customization', () => ({
      input: { action: 'create_voice', target_model: 'cosyvoice-v3-plus', prefix: 'own' },
    })),
  },
  {
    kind: 'images in a task',
    share: 15,
    later: 'task',
    ...asks(
      'wanx2.1-t2i-turbo',
      '/api/v1/services/aigc/text2image/image-synthesis',
      (prompt) => ({ input: { prompt }, parameters: { n: 3 } }),
      ASYNC,
    ),
  },
  video('480P', 5),
  video('720P', 5),
  video('1080P', 5),
  {
    kind: 'transcript',
    share: 5,
    later: 'task',
    ...asks(
      'paraformer-v2',
      '/api/v1/services/audio/asr/transcription',
      () => ({ input: { file_urls: ['https://a.example/b.wav'] } }),
      ASYNC,
    ),
  },
  {
    kind: 'embedding in a task',
    share: 5,
    later: 'task',
    ...asks(
      'text-embedding-async-v2',
      '/api/v1/services/embeddings/text-embedding/text-embedding',
      () => ({ input: { url: 'https://a.example/b' } }),
      ASYNC,
    ),
  },
  {
    kind: 'task that fails',
    share: 5,
    later: 'task',
    ...asks(
      'fault-task-failed',
      '/api/v1/services/aigc/text2image/image-synthesis',
      (prompt) => ({ input: { prompt }, parameters: { n: 3 } }),
      ASYNC,
    ),
  },
]
