import type { Endpoint } from '../endpoint.ts'
import { submit } from '../schemas/native.ts'
import { checkRow, native, row, submitRow } from './row.ts'

/** Images, video, 3D, speech, and the checks before them. */
export const MEDIA: readonly Endpoint[] = [
  // Endpoints that create tasks.
  submitRow('/api/v1/services/aigc/text2image/image-synthesis', 'text-to-image', 'image'),
  submitRow('/api/v1/services/aigc/image2image/image-synthesis', 'image-to-image', 'image'),
  submitRow('/api/v1/services/aigc/image-generation/generation', 'image-generation', 'image'),
  submitRow('/api/v1/services/aigc/background-generation/generation', 'background-generation', 'image'),
  submitRow('/api/v1/services/aigc/video-generation/video-synthesis', 'video-generation', 'video'),
  submitRow('/api/v1/services/aigc/image2video/video-synthesis', 'image-to-video', 'video'),
  submitRow('/api/v1/services/audio/asr/transcription', 'transcription', 'transcript'),
  submitRow('/api/v1/services/aigc/image2image/out-painting', 'out-painting', 'image'),
  submitRow('/api/v1/services/aigc/virtualmodel/generation', 'virtual-model', 'image'),
  submitRow('/api/v1/services/aigc/wordart/texture', 'wordart-texture', 'image'),
  submitRow('/api/v1/services/aigc/wordart/semantic', 'wordart-semantic', 'image'),
  submitRow('/api/v1/services/aigc/video-generation/3d-generation', '3d-generation', 'model'),
  submitRow('/api/v1/services/aigc/image2video/aa-template-generation', 'animation-template', 'video'),
  // Checks of an image before an avatar or a try-on is made from it; billed per image, passed or not.
  checkRow('/api/v1/services/aigc/image2video/face-detect', 'face-detect'),
  checkRow('/api/v1/services/aigc/image2video/aa-detect', 'animation-detect'),
  checkRow('/api/v1/services/vision/image-process/process', 'image-process'),
  // Songs are billed by the second, and the audio is at a URL that expires. Invited accounts in Beijing only.
  row('POST', '/api/v1/services/audio/music/generation', 'music-generation', {
    ...native,
    schema: submit,
    stream: 'header',
    product: 'music',
    cacheable: false,
    regions: ['beijing'],
  }),
  // The audio is at a URL that expires, so it is not cached.
  row('POST', '/api/v1/services/audio/tts/SpeechSynthesizer', 'speech-synthesis', {
    ...native,
    schema: submit,
    stream: 'header',
    cacheable: false,
  }),
]
