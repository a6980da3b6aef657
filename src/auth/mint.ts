import { GatewayError } from '../errors.ts'
import { refuseOtherNames } from '../policy/frozen-parameters.ts'
import type { Budget, Caps, Frozen, KeyRecord, MintPolicy } from '../policy/key-record.ts'
import { resolveModel } from '../policy/model-names.ts'
import { narrowBudget, narrowCaps, narrowEndpoints, narrowModels, narrowOrigins } from '../policy/narrow.ts'
import type { Claims, Grant } from './token.ts'

/** The default lifetime of a session token: enough for a visit to a page, and short if the token leaks. */
const DEFAULT_TOKEN_SECONDS = 600

/** The request to create a session token; a missing field is inherited from the key. */
export interface MintRequest {
  /** The lifetime of the token. */
  ttl_seconds?: number
  /** The end user; only the holder of the key may name one. */
  user?: string
  models?: string[]
  endpoints?: string[]
  origins?: string[]
  caps?: Caps
  budget?: Budget
  frozen?: Frozen
}

/** Who requests the token: the holder of the key, or an end user verified by Turnstile or an issuer. */
export type Proof =
  | { kind: 'key' }
  | {
      kind: 'user'
      user: string
      /** The user id is new for each token. */
      isNew?: true
    }

/** What the token depends on in addition to the key and the request. */
export interface MintPlace {
  /** The gateway's own origin; the token works only there. */
  origin: string
  /** ALLOWED_ORIGINS. */
  allowedOrigins: readonly string[]
  nowMs: number
  /** The id of the new token. */
  id: string
}

/**
 * The claims of a token made from a key. The token never allows more than the key and expires no later. An end user
 * without the key gets at most the budget in the key's `mint`, and the parts frozen there.
 *
 * @throws GatewayError `denied`, naming the field that exceeds the key.
 */
export function mintClaims(
  key: KeyRecord,
  asked: MintRequest,
  proof: Proof,
  place: MintPlace,
): Omit<Claims, 'v'> {
  if (proof.kind === 'user' && asked.user !== undefined) {
    throw new GatewayError(
      'denied',
      'user: the proof already identifies the end user. Leave the field out.',
      {
        param: 'user',
      },
    )
  }
  const own: MintPolicy = proof.kind === 'user' ? (key.mint ?? {}) : {}
  const frozen = joinFrozen(withResolvedModel(key, own.frozen), withResolvedModel(key, asked.frozen))
  const budget = narrowBudget(own.budget, asked.budget)
  const user = proof.kind === 'user' ? proof.user : asked.user
  const iat = Math.floor(place.nowMs / 1000)
  return {
    iss: place.origin,
    id: place.id,
    iat,
    exp: endOf(key, iat + (asked.ttl_seconds ?? DEFAULT_TOKEN_SECONDS)),
    ...(user !== undefined && { user }),
    key: grantOf(key, asked, frozen, place),
    ...(budget && { budget }),
    ...(frozen && { frozen }),
  }
}

/**
 * Copies every restriction of the key, including fields added in the future, and narrows those that the request
 * names.
 */
function grantOf(key: KeyRecord, asked: MintRequest, frozen: Frozen | undefined, place: MintPlace): Grant {
  const {
    name: _name,
    created_at: _created,
    expires_at: _expires,
    mint: _mint,
    disabled: _disabled,
    ...inherited
  } = key
  const askedModels = asked.models?.map((model) => resolveModel(key, model))
  const models = fixedModel(narrowModels(key.models, askedModels), frozen?.model)
  const endpoints = narrowEndpoints(key.endpoints, asked.endpoints)
  const origins = narrowOrigins(key.origins, asked.origins, place.allowedOrigins)
  const caps = narrowCaps(key.caps, asked.caps)
  return {
    ...inherited,
    ...(models && { models }),
    ...(endpoints && { endpoints }),
    ...(origins && { origins }),
    ...(caps && { caps }),
  }
}

/** Models are compared by their DashScope name, because requests are checked after their alias is resolved. */
function withResolvedModel(key: KeyRecord, frozen: Frozen | undefined): Frozen | undefined {
  return frozen?.model === undefined ? frozen : { ...frozen, model: resolveModel(key, frozen.model) }
}

/** A token with a fixed model may use only that one, also on endpoints without a model in the body (apps, upload policies). */
function fixedModel(models: string[] | undefined, model: string | undefined): string[] | undefined {
  if (model === undefined) return models
  try {
    return narrowModels(models, [model])
  } catch (cause) {
    throw new GatewayError('denied', `frozen.model: the token may not use "${model}".`, {
      param: 'frozen.model',
      cause,
    })
  }
}

/** A token may freeze more parts than its key, but not other values for the same part. */
function joinFrozen(own: Frozen | undefined, asked: Frozen | undefined): Frozen | undefined {
  if (!own || !asked) return own ?? asked
  refuseOther('frozen.model', own.model, asked.model)
  refuseOther('frozen.system', own.system, asked.system)
  for (const [name, value] of Object.entries(own.parameters ?? {})) {
    const wanted = asked.parameters && Object.hasOwn(asked.parameters, name) ? asked.parameters[name] : value
    refuseOther(`frozen.parameters.${name}`, value, wanted)
  }
  refuseOtherNames(own.parameters ?? {}, asked.parameters ?? {})
  const parameters = { ...asked.parameters, ...own.parameters }
  return { ...asked, ...own, ...(Object.keys(parameters).length > 0 && { parameters }) }
}

function refuseOther(param: string, own: unknown, asked: unknown): void {
  if (own === undefined || asked === undefined || own === asked) return
  throw new GatewayError('denied', `${param}: the key freezes another value. Leave the field out.`, { param })
}

function endOf({ expires_at }: KeyRecord, end: number): number {
  return expires_at === undefined ? end : Math.min(end, Math.floor(Date.parse(expires_at) / 1000))
}
