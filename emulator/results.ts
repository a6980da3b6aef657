import { hex } from './digest.ts'
import { mp3File, toneSamples, wavFile } from './sound-files.ts'

/** A PNG image of one pixel. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC'

/** Seconds since 1970; the emulator's files do not expire. */
const EXPIRES = 4_102_444_800

/** The fixed transcript of recordings, in the format of DashScope's transcription files. */
export const TRANSCRIPT = 'Hello world.'

const TYPES: { [ending: string]: string } = {
  png: 'image/png',
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  pcm: 'application/octet-stream',
  opus: 'audio/ogg',
  mp4: 'video/mp4',
  json: 'application/json',
}

/**
 * The URL of a result file. Real ones are on OSS; these are on the emulator itself, so that fetching them needs no
 * network.
 */
export function resultAddress(origin: string, seed: string, ending: string): string {
  const query = `Expires=${EXPIRES}&OSSAccessKeyId=emulator&Signature=${hex(`sign:${seed}`, 20)}`
  return `${origin}/emulator/results/${hex(seed, 16)}.${ending}?${query}`
}

/** The result file at a path; its content depends only on the extension. */
export function resultFile(path: string): Response {
  const ending = path.slice(path.lastIndexOf('.') + 1)
  const type = TYPES[ending]
  if (type === undefined) return new Response(null, { status: 404 })
  return new Response(contentOf(ending), { headers: { 'content-type': type } })
}

function contentOf(ending: string): Uint8Array | string {
  if (ending === 'png') return Uint8Array.from(atob(PIXEL), (character) => character.charCodeAt(0))
  if (ending === 'json') return JSON.stringify(transcription())
  if (ending === 'wav') return wavFile()
  if (ending === 'mp3') return mp3File()
  if (ending === 'pcm') return toneSamples()
  return `a file in ${ending}`
}

function transcription(): object {
  const words = [
    { begin_time: 100, end_time: 596, text: 'Hello ', punctuation: '' },
    { begin_time: 596, end_time: 844, text: 'world', punctuation: '.' },
  ]
  const sentence = { begin_time: 100, end_time: 3820, text: TRANSCRIPT, sentence_id: 1, words }
  return {
    file_url: '',
    properties: { audio_format: 'pcm_s16le', channels: [0], original_duration_in_milliseconds: 3834 },
    transcripts: [{ channel_id: 0, text: TRANSCRIPT, sentences: [sentence] }],
  }
}
