import type { Endpoint } from '../endpoint.ts'
import { compatible, row } from './row.ts'

/** What all of them have in common; the native endpoint that a request becomes has everything else. */
const translated = { ...compatible, cacheable: false, isTranslated: true } as const

/** Endpoints of OpenAI's API that DashScope does not have, made of its native ones (src/translate). */
export const TRANSLATED: readonly Endpoint[] = [
  row('POST', '/compatible-mode/v1/images/generations', 'images-generations', translated),
  row('POST', '/compatible-mode/v1/images/edits', 'images-edits', { ...translated, body: 'multipart' }),
]
