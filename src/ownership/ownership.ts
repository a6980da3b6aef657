import type { Env } from '../config.ts'
import { directoriesOf } from '../dashscope/request/uploads.ts'
import { targetsAt } from '../dashscope/targets.ts'
import { GatewayError } from '../errors.ts'
import { isJsonObject } from '../lib/json/object.ts'
import type { OwnedKind } from '../meter/object/owned-table.ts'
import type { Principal } from '../policy/key-record.ts'
import { readJson, type UpstreamResponse } from '../upstream/response.ts'
import { within } from '../upstream/select.ts'
import type { OwnedCall } from './owned-call.ts'
import { forgetOwned, notFound, ownedOf, recordOwned, requireOwned } from './owners.ts'

/** Files that one request may name: DashScope reads 100 (Qwen-Long, limits), and each is looked up in the meter. */
const MAX_FILE_IDS = 100

/**
 * Refuses a call that names a task or file of another key or user: in its path, or as a document in its messages (promise P7);
 * and sends a call that names the caller's own to the account that made it, which is the only one that knows it.
 *
 * @returns the call as it may be made.
 * @throws GatewayError `notFound`; `invalid` where more files are named than DashScope reads, or files of several accounts;
 *   `denied` where the gateway or the key does not go any more to where they are.
 */
export async function requireOwnIds<Call extends OwnedCall>(env: Env, call: Call): Promise<Call> {
  const { endpoint, id, principal, fileIds, uploads = [] } = call
  const { ownership } = endpoint
  if (ownership && id !== undefined) {
    return sendHome(call, await requireOwned(env, principal, ownership.kind, [id]))
  }
  const named = fileIds.length + uploads.length
  if (named === 0) return call
  if (named > MAX_FILE_IDS) {
    throw new GatewayError('invalid', `The request names ${named} files. Name at most ${MAX_FILE_IDS}.`)
  }
  const [ofFiles, ofUploads] = await Promise.all([
    fileIds.length > 0 ? requireOwned(env, principal, 'file', fileIds) : [],
    uploads.length > 0 ? requireUploads(env, principal, uploads) : [],
  ])
  return sendHome(call, [...ofFiles, ...ofUploads])
}

/** An upload belongs to the caller that got the policy for its directory, or for one above. */
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

function sendHome<Call extends OwnedCall>(call: Call, homes: readonly string[]): Call {
  const { principal, config } = call
  const places = new Set(homes.map((home) => home || config.targets[0].id))
  if (places.size > 1) {
    throw new GatewayError(
      'invalid',
      `The files of the request are in different places (${[...places].join(', ')}). Upload them again, together.`,
    )
  }
  const [home = ''] = places
  const targets = targetsAt(config.targets, home)
  const allowed = targets && within(targets, principal.policy.regions)
  if (allowed) return { ...call, targets: allowed }
  throw new GatewayError(
    'denied',
    `What the request names is kept in ${home}, where ${targets ? 'this key' : 'this gateway'} may not go any more.`,
  )
}

/**
 * Records a task or file that DashScope has just made for this key, and forgets one that it has deleted.
 *
 * @param home the id of the target that answered.
 * @returns the id of what was made.
 * @throws GatewayError `unavailable`: an id that the caller could not use afterwards is not handed out.
 */
export async function keepOwnership(
  env: Env,
  call: OwnedCall,
  answer: UpstreamResponse,
  home: string,
  nowMs: number,
): Promise<string | undefined> {
  const { ownership } = call.endpoint
  if (!ownership || answer.kind !== 'whole' || answer.status !== 200) return undefined
  const { kind, action } = ownership
  if (action === 'delete' && call.id !== undefined) await forgetOwned(env, call.principal, kind, call.id)
  const mayCreate = action === 'create' && (kind !== 'task' || call.asTask)
  const id = mayCreate ? idIn(kind, answer.body) : undefined
  if (id !== undefined) await recordOwned(env, call.principal, kind, { id, home }, nowMs)
  return id
}

/** Where a response has the id of what was made; of an upload policy, the directory that it opens. */
const ID_PATHS: Readonly<Record<OwnedKind, readonly string[]>> = {
  task: ['output', 'task_id'],
  file: ['id'],
  upload: ['data', 'upload_dir'],
}

/** The id of what a response says was made. Throws GatewayError `upstream` where it is not JSON. */
export function idIn(kind: OwnedKind, body: Uint8Array): string | undefined {
  const id = ID_PATHS[kind].reduce<unknown>(
    (value, name) => (isJsonObject(value) ? value[name] : undefined),
    readJson(body),
  )
  return typeof id === 'string' ? id : undefined
}
