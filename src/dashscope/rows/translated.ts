import type { Endpoint } from '../endpoint.ts'
import { compatible, lookup, row } from './row.ts'

/** Common traits; all others are those of the native endpoint that the request is translated to. */
const translated = { ...compatible, cacheable: false, isTranslated: true } as const

const translatedLookup = { ...lookup, dialect: 'compatible', isTranslated: true } as const

/** Endpoints of OpenAI's API that DashScope lacks, implemented by its native ones (src/translate). */
export const TRANSLATED: readonly Endpoint[] = [
  row('POST', '/compatible-mode/v1/images/generations', 'images-generations', translated),
  row('POST', '/compatible-mode/v1/images/edits', 'images-edits', { ...translated, body: 'multipart' }),
  row('POST', '/compatible-mode/v1/audio/speech', 'audio-speech', translated),
  row('POST', '/compatible-mode/v1/audio/transcriptions', 'audio-transcriptions', {
    ...translated,
    body: 'multipart',
  }),
  row('POST', '/compatible-mode/v1/videos', 'videos', { ...translated, body: 'multipart' }),
  // Built from the tasks of the caller's videos.
  row('GET', '/compatible-mode/v1/videos', 'video-list', {
    ...lookup,
    dialect: 'compatible',
    ownership: { kind: 'video', action: 'list' },
    query: ['after', 'limit', 'order'],
  }),
  row('GET', '/compatible-mode/v1/videos/{id}', 'video', translatedLookup),
  row('GET', '/compatible-mode/v1/videos/{id}/content', 'video-content', translatedLookup),
  row('DELETE', '/compatible-mode/v1/videos/{id}', 'video-delete', translatedLookup),
]
