import { GatewayError } from '../errors.ts'
import type { JwtAlgorithm } from '../policy/issuers.ts'
import { PROOF_DEADLINE_MS } from './turnstile.ts'

/** Issuers announce new keys long before they use them; ten minutes keep most mints free of a fetch. */
export const KEY_SET_FRESH_SECONDS = 600

/**
 * How long the last set that an issuer gave is gone by while it gives no new one: an outage of theirs should throw nobody out.
 * For as long, at most a day, a key counts that they took back meanwhile.
 */
export const KEY_SET_KEPT_SECONDS = 86_400

/** A JWT with an invented key id must not become a fetch, nor must a failing issuer be asked by each: at most this often. */
export const KEY_SET_REFETCH_SECONDS = 60

/** Without any set nobody gets in, so an issuer that failed is asked again sooner. */
export const KEY_SET_RETRY_SECONDS = 5

/** RFC 7518 section 3.3 asks for RSA keys of at least 2048 bits: 256 bytes are 342 characters of base64url. */
const MIN_RSA_MODULUS_CHARACTERS = 342

/** A public key as issuers publish it (RFC 7517 section 4; RFC 7518 section 6; RFC 8037 section 2). */
interface PublishedKey {
  kty?: unknown
  kid?: unknown
  use?: unknown
  alg?: unknown
  crv?: unknown
  n?: unknown
  e?: unknown
  x?: unknown
  y?: unknown
}

interface KeySet {
  keys: readonly PublishedKey[]
  fetchedMs: number
}

/** How Web Crypto calls an algorithm of JWTs, and the members of a key for it. */
const ALGORITHMS = {
  RS256: { kty: 'RSA', members: ['n', 'e'], import: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
  ES256: { kty: 'EC', crv: 'P-256', members: ['x', 'y'], import: { name: 'ECDSA', namedCurve: 'P-256' } },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', members: ['x'], import: { name: 'Ed25519' } },
} as const

/** The key sets of this isolate by their addresses: as many as JWT_ISSUERS names. */
const sets = new Map<string, KeySet>()

/** The fetches of this isolate that are on their way, by their addresses. */
const underway = new Map<string, Promise<KeySet>>()

/** When this isolate last asked an address, or was failed by it, without a set from there since; milliseconds since 1970. */
const attempts = new Map<string, number>()

/**
 * The public key that a JWT says it was signed with.
 *
 * @param address where the issuer publishes its keys.
 * @param kid the JWT's key id; absent, the set must hold one key only that fits the algorithm.
 * @returns `undefined` when the issuer has no such key.
 * @throws GatewayError `unavailable` when the keys are not known and cannot be fetched.
 */
export async function findPublicKey(
  address: string,
  algorithm: JwtAlgorithm,
  kid: string | undefined,
  nowMs: number,
): Promise<CryptoKey | undefined> {
  const known = sets.get(address)
  const isFresh = known !== undefined && nowMs < known.fetchedMs + 1000 * KEY_SET_FRESH_SECONDS
  const set = isFresh ? known : await renewKeySet(address, nowMs)
  const key = pick(set.keys, algorithm, kid)
  if (key || nowMs < set.fetchedMs + 1000 * KEY_SET_REFETCH_SECONDS) return key && importKey(key, algorithm)
  const refetched = pick((await renewKeySet(address, nowMs)).keys, algorithm, kid)
  return refetched && importKey(refetched, algorithm)
}

/** Verifies a signature; ES256's is the bare pair of numbers in both JWTs and Web Crypto (RFC 7518 section 3.4). */
export function verifySignature(
  algorithm: JwtAlgorithm,
  key: CryptoKey,
  signature: Uint8Array<ArrayBuffer>,
  signed: string,
): Promise<boolean> {
  const parameters = { ...ALGORITHMS[algorithm].import, hash: 'SHA-256' }
  return crypto.subtle.verify(parameters, key, signature, new TextEncoder().encode(signed))
}

/**
 * The one key that fits. A key for another algorithm or use is passed over: what was published to encrypt with must not
 * sign, and an RSA key must not be read as anything else (RFC 8725 section 3.1).
 */
function pick(
  keys: readonly PublishedKey[],
  algorithm: JwtAlgorithm,
  kid: string | undefined,
): PublishedKey | undefined {
  const fitting = keys.filter((key) => fits(key, algorithm) && (kid === undefined || key.kid === kid))
  return fitting.length === 1 ? fitting[0] : undefined
}

function fits(key: PublishedKey, algorithm: JwtAlgorithm): boolean {
  const wanted = ALGORITHMS[algorithm]
  if (key.kty !== wanted.kty || ('crv' in wanted && key.crv !== wanted.crv)) return false
  if ((key.use ?? 'sig') !== 'sig' || (key.alg ?? algorithm) !== algorithm) return false
  return key.kty !== 'RSA' || (typeof key.n === 'string' && key.n.length >= MIN_RSA_MODULUS_CHARACTERS)
}

/** Only the members of a public key are read, so that a private one that was published by mistake is not used as such. */
async function importKey(key: PublishedKey, algorithm: JwtAlgorithm): Promise<CryptoKey | undefined> {
  const { kty, members, import: parameters, ...rest } = ALGORITHMS[algorithm]
  const values = Object.fromEntries(members.map((member) => [member, String(key[member])]))
  try {
    return await crypto.subtle.importKey('jwk', { kty, ...rest, ...values }, parameters, false, ['verify'])
  } catch {
    return undefined
  }
}

/**
 * The issuer's set as it is now, or, where the issuer fails or has just failed, the last one. An attempt counts as vain
 * until it succeeds: an issuer that hangs is asked by one mint. The others go by the last set, or, in an isolate that has
 * none yet, wait for that one's.
 */
async function renewKeySet(address: string, nowMs: number): Promise<KeySet> {
  const last = sets.get(address)
  const isLastGood = last && nowMs < last.fetchedMs + 1000 * KEY_SET_KEPT_SECONDS
  const pauseSeconds = isLastGood ? KEY_SET_REFETCH_SECONDS : KEY_SET_RETRY_SECONDS
  let cause: unknown
  if (nowMs >= (attempts.get(address) ?? 0) + 1000 * pauseSeconds) {
    const begunMs = Date.now()
    attempts.set(address, nowMs)
    try {
      const fetching = fetchKeySet(address, nowMs)
      underway.set(address, fetching)
      const set = await fetching
      sets.set(address, set)
      attempts.delete(address)
      return set
    } catch (thrown) {
      cause = thrown
      attempts.set(address, nowMs + Date.now() - begunMs)
    } finally {
      underway.delete(address)
    }
  }
  if (isLastGood) return last
  const awaited = await soon(underway.get(address))
  if (awaited) return awaited
  throw new GatewayError('unavailable', 'The keys of the issuer cannot be fetched. Try again in a moment.', {
    headers: { 'retry-after': String(KEY_SET_RETRY_SECONDS) },
    cause,
  })
}

/** What another request is fetching. Its caller may leave and take the fetch along, so it is not waited for without end. */
function soon(fetching: Promise<KeySet> | undefined): Promise<KeySet | undefined> {
  const over = () => undefined
  return fetching
    ? Promise.race([fetching.catch(over), scheduler.wait(PROOF_DEADLINE_MS).then(over)])
    : Promise.resolve(undefined)
}

async function fetchKeySet(address: string, nowMs: number): Promise<KeySet> {
  const answer = await fetch(address, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(PROOF_DEADLINE_MS),
  })
  const body = (await answer.json()) as { keys?: unknown } | null
  if (!answer.ok || !Array.isArray(body?.keys)) throw new TypeError(`${answer.status}, no key set`)
  return { keys: body.keys.filter((key) => typeof key === 'object' && key !== null), fetchedMs: nowMs }
}
