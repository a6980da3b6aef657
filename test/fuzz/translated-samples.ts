import { change, form, get, post, type Sample } from './sample.ts'

const COMPATIBLE = '/compatible-mode/v1'
/** The gateway reads the first bytes of a picture; those of a GIF are text. */
const picture = { filename: 'a.gif', text: 'GIF89a' }

/** Endpoints of OpenAI's API that become native requests. */
export const TRANSLATED_SAMPLES: readonly Sample[] = [
  post('images-generations', `${COMPATIBLE}/images/generations`, {
    model: 'qwen-image',
    prompt: 'a whale',
    n: 1,
    size: '1024x1024',
    response_format: 'b64_json',
  }),
  form(
    'images-edits',
    `${COMPATIBLE}/images/edits`,
    { model: 'qwen-image-edit', prompt: 'Make it blue.', n: '1' },
    { name: 'image', ...picture },
  ),
  post('audio-speech', `${COMPATIBLE}/audio/speech`, {
    model: 'cosyvoice-v3-flash',
    voice: 'longanyang',
    input: 'Hello.',
    response_format: 'mp3',
    speed: 1,
  }),
  form(
    'audio-transcriptions',
    `${COMPATIBLE}/audio/transcriptions`,
    { model: 'qwen3-asr-flash', language: 'en', response_format: 'verbose_json' },
    { name: 'file', filename: 'a.wav', text: 'RIFF' },
  ),
  form(
    'videos',
    `${COMPATIBLE}/videos`,
    { model: 'wan2.6-i2v', prompt: 'a whale', seconds: '5', size: '1280x720' },
    { name: 'input_reference', ...picture },
  ),
  get('video-list', `${COMPATIBLE}/videos?limit=5`),
  get('video', `${COMPATIBLE}/videos/{video}`),
  get('video-content', `${COMPATIBLE}/videos/{video}/content?variant=video`),
  change('DELETE', 'video-delete', `${COMPATIBLE}/videos/3a2b6c1e-0000-4000-8000-000000000000`),
]
