import type { FormPart } from '../lib/multipart/read-form.ts'
import { invalidOption } from './options.ts'

/** Media types by file extension: those that OpenAI's API accepts, and additional ones of DashScope. */
const TYPES: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  mpga: 'audio/mpeg',
  mpeg: 'audio/mpeg',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  mp4: 'audio/mp4',
  webm: 'audio/webm',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/opus',
  flac: 'audio/flac',
  aac: 'audio/aac',
  amr: 'audio/amr',
  wma: 'audio/x-ms-wma',
}

/** A recording in a form. */
export interface Recording {
  name: string
  type: string
  bytes: Uint8Array<ArrayBuffer>
}

/**
 * The recording in the field `file` of a form.
 *
 * @throws GatewayError `invalid` unless there is exactly one non-empty recording.
 */
export function recordingIn(files: readonly FormPart[]): Recording {
  const [file, ...others] = files
  if (file?.name !== 'file' || others.length > 0) throw invalidOption('file', 'expected one file')
  const { filename: name = '', type: declared = '', bytes } = file
  if (bytes.byteLength === 0) throw invalidOption('file', 'the file is empty')
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  const type = /^(?:audio|video)\/[\w.+-]+$/.test(declared) ? declared : TYPES[ending]
  if (type) return { name, type: type.replace('video/', 'audio/'), bytes }
  throw invalidOption(
    'file',
    `expected a recording, with a type such as audio/wav or an extension such as .${Object.keys(TYPES).slice(0, 5).join(', .')}`,
  )
}
