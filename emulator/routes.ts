import type { Dialect } from './dialects.ts'
import type { Endpoint } from './exchange.ts'
import { multimodalGeneration, textGeneration } from './native/generation.ts'
import type { Manner } from './respond.ts'

/** An endpoint's place: method, path, whose habits it follows and whether its body names a model that must exist. */
export interface Route {
  method: string
  path: RegExp
  dialect: Dialect
  manner: Manner
  needsModel: boolean
  endpoint: Endpoint
}

const STREAMING: Manner = { headers: 'model', refusesInStream: true }

const AIGC = '/api/v1/services/aigc'

export const ROUTES: readonly Route[] = [
  native('POST', `${AIGC}/text-generation/generation`, textGeneration),
  native('POST', `${AIGC}/multimodal-generation/generation`, multimodalGeneration),
]

function native(method: string, path: string, endpoint: Endpoint): Route {
  const exact = new RegExp(`^${path}/?$`)
  return { method, path: exact, dialect: 'native', manner: STREAMING, needsModel: true, endpoint }
}

/** Takes a path; returns whose habits errors on it follow, known endpoint or not. */
export function dialectOf(path: string): Dialect {
  if (path.startsWith('/apps/anthropic/')) return 'anthropic'
  if (path.endsWith('/compatible-mode/v1/responses')) return 'responses'
  return path.startsWith('/compatible-') ? 'compatible' : 'native'
}
