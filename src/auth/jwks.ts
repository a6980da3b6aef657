import { type CryptoKey, importJWK, type JWK } from 'jose'
import { GatewayError } from '../errors.ts'
import { isJsonObject } from '../lib/json/object.ts'
import type { JwtAlgorithm } from '../policy/issuers.ts'
import { PROOF_DEADLINE_MS } from './turnstile.ts'

/** Issuers publish new keys long before they use them; with ten minutes, most new tokens need no fetch. */
export const KEY_SET_FRESH_SECONDS = 600

/**
 * How long the last key set is used while its issuer fails: an outage of the issuer should not lock users out. A key
 * withdrawn meanwhile is accepted for as long, a day at most.
 */
export const KEY_SET_KEPT_SECONDS = 86_400

/**
 * Minimum interval between fetches: neither JWTs with invented key ids nor a failing issuer may cause a fetch per
 * request.
 */
export const KEY_SET_REFETCH_SECONDS = 60

/** Without any key set no JWT can be verified, so a failed fetch is retried sooner. */
export const KEY_SET_RETRY_SECONDS = 5

/** RFC 7518 section 3.3 asks for RSA keys of at least 2048 bits: 256 bytes are 342 characters of base64url. */
const MIN_RSA_MODULUS_CHARACTERS = 342

interface KeySet {
  keys: readonly JWK[]
  fetchedMs: number
}

/** The key set of an issuer in this isolate. */
interface IssuerState {
  /** The last fetched set. */
  set?: KeySet
  /** The fetch in progress. */
  pending?: Promise<KeySet>
  /** When the last failed fetch started; milliseconds since 1970. */
  failedMs?: number
}

/** The key type of each algorithm, and the members of its public key. Nothing else of a published key is read. */
const ALGORITHMS = {
  RS256: { kty: 'RSA', members: ['n', 'e'] },
  ES256: { kty: 'EC', crv: 'P-256', members: ['x', 'y'] },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', members: ['x'] },
} as const

/** By the URL of the key set. Bounded by the entries of JWT_ISSUERS. */
const issuers = new Map<string, IssuerState>()

/**
 * The public key that a JWT names.
 *
 * @param url where the issuer publishes its keys.
 * @param kid the JWT's key id; if undefined, exactly one key of the set must fit the algorithm.
 * @returns `undefined` if the issuer has no such key.
 * @throws GatewayError `unavailable` if no keys are cached and they cannot be fetched.
 */
export async function findPublicKey(
  url: string,
  algorithm: JwtAlgorithm,
  kid: string | undefined,
  nowMs: number,
): Promise<CryptoKey | undefined> {
  const known = issuers.get(url)?.set
  const isFresh = known !== undefined && nowMs < known.fetchedMs + 1000 * KEY_SET_FRESH_SECONDS
  const set = isFresh ? known : await renewKeySet(url, nowMs)
  const found = pick(set.keys, algorithm, kid)
  if (found || nowMs < set.fetchedMs + 1000 * KEY_SET_REFETCH_SECONDS)
    return found && importKey(found, algorithm)
  const refetched = pick((await renewKeySet(url, nowMs)).keys, algorithm, kid)
  return refetched && importKey(refetched, algorithm)
}

/**
 * The one key that fits. A key for another algorithm or use is ignored: a key that was published for encryption must not
 * verify, and an RSA key must not be read as anything else (RFC 8725 section 3.1).
 */
function pick(keys: readonly JWK[], algorithm: JwtAlgorithm, kid: string | undefined): JWK | undefined {
  const fitting = keys.filter((key) => fits(key, algorithm) && (kid === undefined || key.kid === kid))
  return fitting.length === 1 ? fitting[0] : undefined
}

function fits(key: JWK, algorithm: JwtAlgorithm): boolean {
  const wanted = ALGORITHMS[algorithm]
  if (key.kty !== wanted.kty || ('crv' in wanted && key.crv !== wanted.crv)) return false
  if ((key.use ?? 'sig') !== 'sig' || (key.alg ?? algorithm) !== algorithm) return false
  return key.kty !== 'RSA' || (typeof key.n === 'string' && key.n.length >= MIN_RSA_MODULUS_CHARACTERS)
}

/** Imports the public members only, so that a private key published by mistake is not imported as one. */
async function importKey(key: JWK, algorithm: JwtAlgorithm): Promise<CryptoKey | undefined> {
  const { kty, members, ...rest } = ALGORITHMS[algorithm]
  const values = Object.fromEntries(members.map((member) => [member, key[member]]))
  try {
    const imported = await importJWK({ kty, ...rest, ...values }, algorithm)
    return imported instanceof Uint8Array ? undefined : imported
  } catch {
    return undefined
  }
}

/**
 * The issuer's current key set or, while the issuer fails or has just failed, the last one. A fetch counts as failed
 * until it succeeds, so that only one request waits for an issuer that hangs. The others use the last set or, without
 * one, wait for that fetch.
 */
async function renewKeySet(url: string, nowMs: number): Promise<KeySet> {
  const state = stateOf(url)
  const last = state.set && nowMs < state.set.fetchedMs + 1000 * KEY_SET_KEPT_SECONDS ? state.set : undefined
  const pauseSeconds = last ? KEY_SET_REFETCH_SECONDS : KEY_SET_RETRY_SECONDS
  let cause: unknown
  if (nowMs >= (state.failedMs ?? 0) + 1000 * pauseSeconds) {
    const begunMs = Date.now()
    state.failedMs = nowMs
    state.pending = fetchKeySet(url, nowMs)
    try {
      state.set = await state.pending
      delete state.failedMs
      return state.set
    } catch (thrown) {
      cause = thrown
      state.failedMs = nowMs + Date.now() - begunMs
    } finally {
      delete state.pending
    }
  }
  const set = last ?? (await fetchedInTime(state.pending))
  if (set) return set
  throw new GatewayError('unavailable', 'The keys of the issuer cannot be fetched. Try again in a moment.', {
    headers: { 'retry-after': String(KEY_SET_RETRY_SECONDS) },
    cause,
  })
}

function stateOf(url: string): IssuerState {
  const state = issuers.get(url) ?? {}
  issuers.set(url, state)
  return state
}

/**
 * Waits for another request's fetch, with a time limit: if that request's caller leaves, the runtime may drop the
 * fetch.
 */
function fetchedInTime(pending: Promise<KeySet> | undefined): Promise<KeySet | undefined> {
  const none = () => undefined
  if (!pending) return Promise.resolve(undefined)
  return Promise.race([pending.catch(none), scheduler.wait(PROOF_DEADLINE_MS).then(none)])
}

async function fetchKeySet(url: string, nowMs: number): Promise<KeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(PROOF_DEADLINE_MS),
  })
  const body: unknown = await response.json()
  const keys: unknown = isJsonObject(body) ? body.keys : undefined
  if (!response.ok || !Array.isArray(keys)) throw new TypeError(`${response.status}, no key set`)
  return { keys: keys.filter(isJsonObject), fetchedMs: nowMs }
}
