import { MAX_ECHO_CHARACTERS } from '../constants.ts'
import { GatewayError } from '../errors.ts'

/** What one client key may do and how its answers are cached: the record in KV and what a request is checked against. */
export interface KeyRecord {
  /** `key_` and 16 hexadecimal digits; names the key in the admin API, the meter and the cache, and is no secret. */
  id: string
  name: string
  created_at: string
  /** ISO 8601; from then on the key is refused. */
  expires_at?: string
  /** Names or globs (`qwen-*`); absent: every model. An app is asked for as `app:{id}`. */
  models?: string[]
  /** Names from the endpoint table; absent: every endpoint. */
  endpoints?: string[]
  /** Origins that pages may call from; absent: ALLOWED_ORIGINS. */
  origins?: string[]
  cache?: CachePolicy
  /** Changed by a purge: entries written under the one before are out of reach. */
  cache_generation: number
}

export interface CachePolicy {
  /** `false` keeps this key's requests away from the cache. */
  enabled?: boolean
  /** Keys that name the same scope share their entries; absent: the key shares with nobody. */
  scope?: string
  ttl_seconds?: number
}

/** The caller of one request. */
export interface Principal {
  key: KeyRecord
}

/** White space, control and invisible characters stand in no name of a model; they only make two names look alike. */
const UNSEEMLY = /[\s\p{Cc}\p{Cf}]/u

/**
 * Lets a key use an endpoint or refuses.
 *
 * @param endpoint the endpoint's name in the endpoint table.
 * @throws GatewayError `denied` with the endpoints that the key may use.
 */
export function allowEndpoint(record: KeyRecord, endpoint: string): void {
  if (!record.endpoints || record.endpoints.includes(endpoint)) return
  throw new GatewayError(
    'denied',
    `This key may not use the endpoint "${endpoint}"; it may use: ${record.endpoints.join(', ')}.`,
  )
}

/**
 * Lets a key use a model or refuses. A name counts as a whole and in its own case, as DashScope takes it.
 *
 * @param model the name as the request gives it; for an app `app:{id}`.
 * @throws GatewayError `modelDenied` with the models that the key may use.
 */
export function allowModel(record: KeyRecord, model: string): void {
  if (!record.models) return
  if (!UNSEEMLY.test(model) && record.models.some((glob) => matchesGlob(glob, model))) return
  const named = model.length > MAX_ECHO_CHARACTERS ? `${model.slice(0, MAX_ECHO_CHARACTERS)}…` : model
  throw new GatewayError(
    'modelDenied',
    `This key may not use the model "${named}"; it may use: ${record.models.join(', ')}.`,
    { param: 'model' },
  )
}

/**
 * Whether a glob covers a whole text; `*` stands for any characters, also none. Each piece is taken where it first fits,
 * so the time is linear: a regular expression made from the glob could be made to run for ever.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const [first = '', ...rest] = glob.split('*')
  const last = rest.pop()
  if (last === undefined) return glob === text
  if (!text.startsWith(first)) return false
  let position = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, position)
    if (found < 0) return false
    position = found + piece.length
  }
  return position + last.length <= text.length && text.endsWith(last)
}
