import { BATCH_URLS, batchEndpoint } from '../../dashscope/batch.ts'
import { type Billing, priceOf } from '../../dashscope/prices.ts'
import type { Region } from '../../dashscope/regions.ts'
import { describeRequest } from '../../dashscope/request/describe.ts'
import type { NamedIds } from '../../dashscope/request/named-ids.ts'
import type { Usage } from '../../dashscope/usage.ts'
import { GatewayError } from '../../errors.ts'
import type { HeaderMap } from '../../lib/header-map.ts'
import type { JsonBody } from '../../lib/json/body.ts'
import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'
import { membersOf } from '../../lib/json/splice.ts'
import { MAX_ECHO_CHARACTERS } from '../../lib/shortened.ts'
import { estimateUsage } from '../../meter/estimate.ts'
import { boundsMoney, unknownPrice } from '../../meter/money.ts'
import { limitsUsers, withBodyUser } from '../../policy/body-user.ts'
import { allowCaps } from '../../policy/caps.ts'
import type { Principal } from '../../policy/key-record.ts'
import { resolveModel } from '../../policy/model-names.ts'
import { allowEndpoint, allowModel, allowWorkspace } from '../../policy/policy.ts'
import { refuseHiddenMembers } from '../../policy/restrict.ts'
import { readJsonText } from '../read-json.ts'

/** The rules for checking and pricing the lines of a batch file. */
export interface LineRules {
  principal: Principal
  /** The region in which the batch will run. */
  region: Region
  billing: Billing
}

/** A line that passed the checks. */
export interface CheckedLine {
  /** The original line, or with an alias replaced by its model. */
  bytes: Uint8Array<ArrayBuffer>
  model: string
  /** The estimated usage of its request; `money` in nanos, undefined if no price is known. */
  usage: Usage
  money: number | undefined
  /** The end user that the line counts for. */
  user: string | undefined
  /** Account-wide objects that it refers to, which must be the caller's own. */
  namedIds: NamedIds
}

const NO_HEADERS: HeaderMap = new Map()

/**
 * Checks one line of a batch file like a request. Faults that do not concern the policy are left to DashScope, which
 * reports them in the batch's errors.
 *
 * @param bytes the line, with its line feed if it has one.
 * @param number from 1.
 * @param first the first line of the file; undefined if this is it.
 * @returns undefined for an empty line.
 * @throws GatewayError `invalid` for the format, `denied` or `modelDenied` for the policy; the message names the line
 *   and its `custom_id`.
 */
export function checkLine(
  bytes: Uint8Array<ArrayBuffer>,
  number: number,
  rules: LineRules,
  first?: Pick<CheckedLine, 'user'>,
): CheckedLine | undefined {
  if (bytes.every(isSpace)) return undefined
  let name = `Line ${number}`
  try {
    const source = readJsonText(bytes, 'line')
    if (!isJsonObject(source.value)) throw new GatewayError('invalid', 'expected a JSON object.')
    const { custom_id } = source.value
    if (typeof custom_id === 'string')
      name += ` (custom_id ${JSON.stringify(custom_id.slice(0, MAX_ECHO_CHARACTERS))})`
    return checkRequest(source, source.value, rules, first)
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    const { reason, message, param } = thrown
    throw new GatewayError(reason, `${name}: ${message}`, {
      cause: thrown,
      ...(param !== undefined && { param }),
    })
  }
}

function checkRequest(
  source: JsonBody,
  line: JsonObject,
  { principal, region, billing }: LineRules,
  first: Pick<CheckedLine, 'user'> | undefined,
): CheckedLine {
  const { policy } = principal
  refuseHiddenMembers(source, principal)
  const { endpoint, body } = readForm(line)
  allowEndpoint(policy, endpoint.name)
  const model = resolveModel(policy, body.model)
  allowModel(policy, model)
  const asked = describeRequest(endpoint, NO_HEADERS, { ...body, model })
  allowWorkspace(policy, NO_HEADERS, body)
  if (policy.caps) allowCaps(policy.caps, endpoint, asked)
  const usage = estimateUsage(endpoint, asked, source.bytes.byteLength)
  const money = priceOf(model, region, usage, billing, true)
  if (money === undefined && boundsMoney(principal)) throw unknownPrice(model)
  const { user } = withBodyUser(principal, body)
  if (first && first.user !== user && limitsUsers(policy)) throw severalUsers()
  const sent = model === body.model ? source.bytes : withModel(source, model).bytes
  return { bytes: sent, model, usage, money, user, namedIds: asked.namedIds }
}

/**
 * The error for lines with different users: a batch is charged as a whole, so it can count only against the limits of
 * one end user.
 */
function severalUsers(): GatewayError {
  return new GatewayError(
    'denied',
    'user: expected the same as in the first line. The users of this key have limits, and a batch counts for one end user.',
    { param: 'user' },
  )
}

type LineBody = JsonObject & { model: string }

/** Reads the members that are needed to check a line. */
function readForm({ custom_id, method, url, body }: JsonObject) {
  if (typeof custom_id !== 'string' || custom_id === '')
    throw new GatewayError('invalid', 'custom_id: expected a text.', { param: 'custom_id' })
  if (method !== 'POST') throw new GatewayError('invalid', 'method: expected "POST".', { param: 'method' })
  const endpoint = batchEndpoint(url)
  if (!endpoint)
    throw new GatewayError('invalid', `url: expected ${BATCH_URLS.join(', ')}.`, { param: 'url' })
  if (!isJsonObject(body)) throw new GatewayError('invalid', 'body: expected an object.', { param: 'body' })
  if (typeof body.model !== 'string' || body.model === '')
    throw new GatewayError('invalid', 'body.model: expected the name of a model.', { param: 'body.model' })
  return { endpoint, body: body as LineBody }
}

/** The line with another model in its body; every other byte stays. */
function withModel(source: JsonBody, model: string): JsonBody {
  const { outline } = source
  const body = membersOf(outline, 0).get('body')
  const node = body === undefined ? undefined : membersOf(outline, body).get('model')
  if (node === undefined) return source
  const from = outline.starts[node] ?? 0
  return source.spliced([{ from, to: outline.ends[node] ?? from, piece: JSON.stringify(model) }])
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
