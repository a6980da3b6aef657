import { anyObject, nativeBody } from './envelope.ts'

/** The body that starts an image, video or transcription task. Every model has an input of its own: the envelope only. */
export const submit = nativeBody(anyObject, anyObject)
