import type { StoredFile } from '../accounts.ts'
import { digest, hex } from '../digest.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { readForm } from '../form.ts'
import type { JsonObject } from '../json.ts'
import { invalid, type Problem, problem } from '../problems.ts'

const PURPOSES = ['file-extract', 'batch']
const DEFAULT_PAGE = 20

/** Answers POST /compatible-mode/v1/files: multipart with `file` and `purpose`. Returns OpenAI's file object. */
export async function uploadFile({
  account,
  headers,
  now,
  raw,
  requestId,
}: Exchange): Promise<EmulatorResponse> {
  const form = await readForm({ headers, raw })
  const purpose = form?.get('purpose')
  const given = form?.get('file')
  if (form === undefined || given === null || typeof given === 'string' || given === undefined) {
    return invalid('Required body invalid, please check the request body format.')
  }
  if (typeof purpose !== 'string' || !PURPOSES.includes(purpose)) {
    return { ...invalid("'purpose' must be 'file-extract'"), param: 'purpose' }
  }
  const content = new Uint8Array(await given.arrayBuffer())
  const file: StoredFile = {
    id: `file-${purpose === 'batch' ? 'batch' : 'fe'}-${hex(`${requestId}:${digest(given.name)}`, 24)}`,
    name: given.name,
    purpose,
    bytes: content.byteLength,
    createdAt: Math.floor(now / 1000),
    content,
  }
  account.files.set(file.id, file)
  return { kind: 'json', body: shown(file) }
}

/** Answers GET /compatible-mode/v1/files?after=…&limit=…&purpose=…: the account's files, newest first, paged. */
export function listFiles({ account, url }: Exchange): EmulatorResponse {
  const query = url.searchParams
  const purpose = query.get('purpose')
  const all = [...account.files.values()]
    .filter((file) => purpose === null || file.purpose === purpose)
    .reverse()
  const after = all.findIndex(({ id }) => id === query.get('after'))
  const limit = Number(query.get('limit') ?? DEFAULT_PAGE)
  const page = all.slice(after + 1, after + 1 + limit)
  const more = after + 1 + page.length < all.length
  return { kind: 'json', body: { object: 'list', data: page.map(shown), has_more: more } }
}

/** Answers GET /compatible-mode/v1/files/{id}. */
export function getFile({ account, parts }: Exchange): EmulatorResponse {
  const file = account.files.get(parts[0] ?? '')
  return file === undefined ? noSuchFile(parts[0] ?? '') : { kind: 'json', body: shown(file) }
}

/** Answers GET /compatible-mode/v1/files/{id}/content with the bytes that were uploaded. */
export function getFileContent({ account, parts }: Exchange): EmulatorResponse {
  const file = account.files.get(parts[0] ?? '')
  return file === undefined
    ? noSuchFile(parts[0] ?? '')
    : { kind: 'bytes', bytes: file.content, contentType: 'application/octet-stream' }
}

/** Answers DELETE /compatible-mode/v1/files/{id}. */
export function deleteFile({ account, parts }: Exchange): EmulatorResponse {
  const id = parts[0] ?? ''
  if (!account.files.delete(id)) return noSuchFile(id)
  return { kind: 'json', body: { object: 'file', deleted: true, id } }
}

function shown({ id, bytes, name, purpose, createdAt }: StoredFile): JsonObject {
  return { id, object: 'file', bytes, filename: name, purpose, status: 'processed', created_at: createdAt }
}

function noSuchFile(id: string): Problem {
  return problem('NotFound', `No such File object: ${id}`)
}
