import type { Config, Env } from '../config.ts'
import type { OwnedKind } from '../dashscope/ownable.ts'
import type { NamedIds } from '../dashscope/request/named-ids.ts'
import { directoriesOf } from '../dashscope/request/upload-directories.ts'
import { type Targets, targetsAt } from '../dashscope/targets.ts'
import { GatewayError } from '../errors.ts'
import type { Principal } from '../policy/key-record.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { within } from '../upstream/select.ts'
import { madeIdIn, madeIdInEvents } from './made-id.ts'
import type { OwnedCall } from './owned-call.ts'
import { forgetOwned, ownedOf, recordOwned, requireMade, requireOwned } from './owners.ts'
import { notFound } from './refusals.ts'

/** Stored objects that one request may name: DashScope reads 100 files (Qwen-Long, limits), and each is looked up. */
const MAX_NAMED_IDS = 100

/**
 * Refuses a call that names an object of another key or user in its path or body (promise P7). A call that names the
 * caller's own objects is routed to the account that stores them.
 *
 * @returns the call with its targets.
 * @throws GatewayError `notFound`; `invalid` if it names more objects than DashScope reads, or objects of several
 *   accounts; `denied` if the gateway or the key may no longer use their account.
 */
export async function assertOwnership<Call extends OwnedCall>(env: Env, call: Call): Promise<Call> {
  const { endpoint, id, principal, namedIds, config } = call
  const { ownership } = endpoint
  if (id === undefined && namedIds.size === 0) return call
  const homes = await Promise.all([
    ownership && id !== undefined ? requireAllMade(env, principal, ownership.kind, id, call) : [],
    requireNamed(env, principal, namedIds),
  ])
  const targets = targetsOfHomes(homes.flat(), principal, config)
  return targets ? { ...call, targets } : call
}

/**
 * Checks the id in the path and, in a customization, every id of the kind: a body could name the caller's voice and a
 * foreign one, and DashScope decides which of them counts.
 */
async function requireAllMade(
  env: Env,
  principal: Principal,
  kind: OwnedKind,
  id: string,
  { endpoint, namedIds }: OwnedCall,
): Promise<string[]> {
  const ids = new Set([id, ...(endpoint.customizes ? (namedIds.get(kind) ?? []) : [])])
  return (await Promise.all([...ids].map((each) => requireMade(env, principal, kind, each)))).flat()
}

/**
 * Refuses a body that names an object of another key or user.
 *
 * @returns the homes of the named objects.
 * @throws GatewayError `notFound`; `invalid` if it names more objects than DashScope reads.
 */
export async function requireNamed(env: Env, principal: Principal, namedIds: NamedIds): Promise<string[]> {
  const named: [OwnedKind, readonly string[]][] = [...namedIds]
  const count = named.reduce((sum, [, ids]) => sum + ids.length, 0)
  if (count > MAX_NAMED_IDS) {
    throw new GatewayError(
      'invalid',
      `The request names ${count} files and other stored objects. Name at most ${MAX_NAMED_IDS}.`,
    )
  }
  const homes = await Promise.all(
    named.map(([kind, ids]) =>
      kind === 'upload' ? requireUploads(env, principal, ids) : requireOwned(env, principal, kind, ids),
    ),
  )
  return homes.flat()
}

/** An upload belongs to the caller that got the upload policy for its directory, or for a parent directory. */
async function requireUploads(env: Env, principal: Principal, uploads: readonly string[]): Promise<string[]> {
  const directories = uploads.flatMap(directoriesOf)
  const owned = new Map(
    (await ownedOf(env, principal, 'upload', directories)).map(({ id, home }) => [id, home]),
  )
  return uploads.map((name) => {
    const home = directoriesOf(name)
      .map((directory) => owned.get(directory))
      .find((found) => found !== undefined)
    if (home === undefined) throw notFound('upload', `oss://${name}`)
    return home
  })
}

/**
 * The account that stores everything that a request names.
 *
 * @returns undefined if it names nothing with a home.
 * @throws GatewayError `invalid` for objects of several accounts; `denied` if the gateway or the key may no longer
 *   use their account.
 */
export function targetsOfHomes(
  homes: readonly string[],
  { policy }: Principal,
  config: Config,
): Targets | undefined {
  const [home, ...others] = new Set(homes.map((each) => each || config.targets[0].id))
  if (home === undefined) return undefined
  if (others.length > 0) {
    throw new GatewayError(
      'invalid',
      `The request names objects that are stored in different regions or accounts (${[home, ...others].join(', ')}). Create them again in one of these.`,
    )
  }
  const targets = targetsAt(config.targets, home)
  const allowed = targets && within(targets, policy.regions)
  if (allowed) return allowed
  throw new GatewayError(
    'denied',
    `The request names objects that are stored in ${home}, which ${targets ? 'this key' : 'this gateway'} may no longer use.`,
  )
}

/**
 * Records the object that a response reports as created, or removes the record of a deleted one.
 *
 * @param home the id of the target that answered.
 * @returns the id of the created object.
 * @throws GatewayError `unavailable`: an id that the caller could not use afterwards is not returned.
 */
export async function recordOwnership(
  env: Env,
  call: OwnedCall,
  response: UpstreamResponse,
  home: string,
  nowMs: number,
): Promise<string | undefined> {
  const { ownership } = call.endpoint
  if (!ownership || response.kind !== 'whole' || response.status !== 200) return undefined
  const { kind, action } = ownership
  if (action === 'delete' && call.id !== undefined) await forgetOwned(env, call.principal, kind, call.id)
  const id = makesOne(call) ? madeIdIn(kind, response.body) : undefined
  await keepMade(env, call, id, home, nowMs)
  return id
}

/**
 * Records the object that the first event of a stream reports as created.
 *
 * @param events the stream up to the end of its first event.
 */
export async function recordOwnershipOfStream(
  env: Env,
  call: OwnedCall,
  events: Uint8Array,
  home: string,
  nowMs: number,
): Promise<void> {
  const { ownership } = call.endpoint
  if (ownership) await keepMade(env, call, madeIdInEvents(ownership.kind, events), home, nowMs)
}

/** Whether the response to a call can name a new object that DashScope stores. */
export function makesOne({ endpoint: { ownership }, asTask, isUnstored }: OwnedCall): boolean {
  return ownership?.action === 'create' && (ownership.kind !== 'task' || asTask) && !isUnstored
}

/**
 * Records the id of the object that a call created, unless the call itself named it: a session continues under the
 * same id.
 */
async function keepMade(
  env: Env,
  { endpoint: { ownership }, principal, namedIds }: OwnedCall,
  id: string | undefined,
  home: string,
  nowMs: number,
): Promise<void> {
  if (!ownership || id === undefined || namedIds.get(ownership.kind)?.includes(id)) return
  await recordOwned(env, principal, ownership.kind, { id, home }, nowMs)
}
