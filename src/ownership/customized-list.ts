import type { Env } from '../config.ts'
import { type OwnedKind, ownable } from '../dashscope/ownable.ts'
import type { Target } from '../dashscope/targets.ts'
import { GatewayError } from '../errors.ts'
import { isJsonObject, type JsonObject, parseObject } from '../lib/json/object.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import type { Principal } from '../policy/key-record.ts'
import type { WholeResponse } from '../upstream/response.ts'
import type { AskAccount } from './lists.ts'
import { usableBy } from './owners.ts'
import { registeredAs } from './registered.ts'
import { type ReadPart, responseOfParts } from './response-of-parts.ts'

/** Page size and number of pages when reading the account's list: an account may have 1,000 voices. */
const ACCOUNT_PAGE_SIZE = 100
const ACCOUNT_MAX_PAGES = 10

/** Member names of the list in a response, and of the number of entries. */
const LIST_MEMBERS = ['voice_list', 'vocabulary_list', 'voices', 'vocabularies']
const TOTALS = ['total', 'total_count']

/** The inputs of a list request. */
export interface CustomizedListCall {
  url: URL
  principal: Principal
  targets: readonly Target[]
  bytes: Uint8Array | undefined
}

/**
 * The voices or vocabularies that a caller may use, from the lists of all accounts. Pages and totals count only
 * these.
 *
 * @throws GatewayError if DashScope's response has no list, or the ownership record is unavailable.
 */
export function listCustomized(
  env: Env,
  kind: OwnedKind,
  call: CustomizedListCall,
  ask: AskAccount,
): Promise<WholeResponse> {
  const body = parseObject(textOf(call.bytes)) ?? {}
  const input = isJsonObject(body.input) ? body.input : {}
  const pageIndex = countOf(input.page_index, 0)
  const pageSize = countOf(input.page_size, 10) || 10
  return responseOfParts(async (read) => {
    const usable = await usableBy(env, call.principal, kind)
    const lists = await Promise.all(
      call.targets.map((target) => readAccount(body, input, (bytes) => ask(call.url, target, bytes), read)),
    )
    const [first] = lists
    if (!first) throw new GatewayError('upstream', 'DashScope returned no list. Try again in a moment.')
    const own = lists.flatMap(({ rows }) => rows).filter((row) => usable.has(registeredAs(idOf(kind, row))))
    const output: JsonObject = { ...first.output }
    output[first.name] = own.slice(pageIndex * pageSize, (pageIndex + 1) * pageSize)
    for (const name of TOTALS) if (name in output) output[name] = own.length
    for (const [name, value] of [
      ['page_index', pageIndex],
      ['page_size', pageSize],
    ] as const) {
      if (name in output) output[name] = value
    }
    return { ...first.envelope, output }
  })
}

async function readAccount(
  body: JsonObject,
  input: JsonObject,
  ask: (bytes: Uint8Array<ArrayBuffer>) => ReturnType<AskAccount>,
  read: ReadPart,
) {
  const rows: JsonObject[] = []
  let first: { envelope: JsonObject; output: JsonObject; name: string } | undefined
  for (let page = 0; page < ACCOUNT_MAX_PAGES; page++) {
    const asked = { ...body, input: { ...input, page_index: page, page_size: ACCOUNT_PAGE_SIZE } }
    const envelope = read(await ask(bytesOf(JSON.stringify(asked))))
    const output = isJsonObject(envelope) && isJsonObject(envelope.output) ? envelope.output : {}
    const name = LIST_MEMBERS.find((each) => Array.isArray(output[each]))
    if (!isJsonObject(envelope) || name === undefined) {
      throw new GatewayError('upstream', 'DashScope returned no list. Try again in a moment.')
    }
    first ??= { envelope, output, name }
    const listed = (output[name] as unknown[]).filter(isJsonObject)
    rows.push(...listed)
    if (listed.length < ACCOUNT_PAGE_SIZE) break
  }
  return { envelope: {}, output: {}, name: LIST_MEMBERS[0] ?? '', ...first, rows }
}

function idOf(kind: OwnedKind, row: JsonObject): string {
  const named = ownable(kind).members.map((member) => row[member])
  return named.find((id) => typeof id === 'string') ?? ''
}

function countOf(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fallback
}
