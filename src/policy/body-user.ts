import { createHash } from 'node:crypto'
import { isJsonObject } from '../lib/json/object.ts'
import type { Policy, Principal } from './key-record.ts'

/**
 * The prefix of users named in bodies. It separates them from users of session tokens, whose names never begin with
 * it.
 */
export const BODY_USER_PREFIX = 'body:'

/** Longer names are replaced by a hash, so that two of them do not share a counter. */
const MAX_NAME_CHARACTERS = 100

/**
 * The caller with the end user in its body, if its key has `user_from: "body"`: the OpenAI field `user`, or
 * Anthropic's `metadata.user_id`. The holder of a key is trusted to name its users; a session token, which may be in
 * any browser, is not.
 *
 * @param body the parsed body.
 */
export function withBodyUser(principal: Principal, body: unknown): Principal {
  const { policy, token, user } = principal
  if (policy.user_from !== 'body' || token || user !== undefined) return principal
  const name = userIn(body)
  return name === undefined ? principal : { ...principal, user: BODY_USER_PREFIX + name }
}

/** Whether end users named in bodies have limits. */
export function limitsUsers({ user_from, user_limits = {} }: Policy): boolean {
  return user_from === 'body' && Object.keys(user_limits).length > 0
}

function userIn(body: unknown): string | undefined {
  if (!isJsonObject(body)) return undefined
  const { user, metadata } = body
  const names = [user, isJsonObject(metadata) ? metadata.user_id : undefined]
  const name = names.find((each): each is string => typeof each === 'string' && each !== '')
  if (name === undefined) return undefined
  if (name.length <= MAX_NAME_CHARACTERS && name.isWellFormed()) return name
  return `sha256-${createHash('sha256').update(JSON.stringify(name)).digest('hex')}`
}
