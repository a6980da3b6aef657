import type { Call } from '../call.ts'
import type { Env } from '../config.ts'
import { MAX_FILE_IDS } from '../constants.ts'
import { GatewayError } from '../errors.ts'
import { type Answer, readJson } from '../relay/answer.ts'
import { forgetOwned, recordOwned, requireOwned } from './owners.ts'

/**
 * Refuses a call that names a task or file of somebody else: in its path, or as a document in its messages (promise P7).
 *
 * @throws GatewayError `notFound`, or `invalid` where more files are named than DashScope reads.
 */
export async function requireOwnIds(env: Env, { endpoint, id, principal, fileIds }: Call): Promise<void> {
  const { ownership } = endpoint
  if (ownership && id !== undefined) return requireOwned(env, principal, ownership.kind, [id])
  if (fileIds.length > MAX_FILE_IDS) {
    throw new GatewayError(
      'invalid',
      `The request names ${fileIds.length} files. Name at most ${MAX_FILE_IDS}.`,
    )
  }
  if (fileIds.length > 0) await requireOwned(env, principal, 'file', fileIds)
}

/**
 * Records a task or file that DashScope has just made for this key, and forgets one that it has deleted.
 *
 * @throws GatewayError `unavailable`: an id that the caller could not use afterwards is not handed out.
 */
export async function keepOwnership(env: Env, call: Call, answer: Answer, nowMs: number): Promise<void> {
  const { ownership } = call.endpoint
  if (!ownership || answer.kind !== 'whole' || answer.status !== 200) return
  const { kind, action } = ownership
  if (action === 'delete' && call.id !== undefined) return forgetOwned(env, call.principal, kind, call.id)
  const mayCreate = action === 'create' && (kind === 'file' || call.asTask)
  const id = mayCreate ? createdId(kind, answer.body) : undefined
  if (id !== undefined) await recordOwned(env, call.principal, kind, id, nowMs)
}

function createdId(kind: 'task' | 'file', body: Uint8Array): string | undefined {
  const made = readJson(body) as { id?: unknown; output?: { task_id?: unknown } | null } | null
  const id = kind === 'file' ? made?.id : made?.output?.task_id
  return typeof id === 'string' ? id : undefined
}
