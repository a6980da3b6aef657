import type { StoredFile } from '../accounts.ts'
import { digest, hex } from '../digest.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { readForm } from '../form.ts'
import type { JsonObject } from '../json.ts'
import { invalid } from '../problems.ts'

const DEFAULT_PAGE = 10
const BEIJING_HOURS = 8

/** Answers POST /api/v1/files: multipart with `files`, and optionally `descriptions`. A purpose is dropped. */
export async function uploadNativeFile({
  account,
  headers,
  now,
  raw,
  requestId,
}: Exchange): Promise<EmulatorResponse> {
  const form = await readForm({ headers, raw })
  const given = (form?.getAll('files') ?? []).filter((file) => typeof file !== 'string')
  if (given.length === 0) return invalid('Required parameter(files) missing or invalid.')
  const uploaded: JsonObject[] = []
  for (const file of given) {
    const content = new Uint8Array(await file.arrayBuffer())
    const id = hex(`${requestId}:${digest(file.name)}`, 32).replace(
      /^(.{8})(.{4})(.{4})(.{4})/,
      '$1-$2-$3-$4-',
    )
    const createdAt = Math.floor(now / 1000)
    const stored = { id, name: file.name, purpose: '', bytes: content.byteLength, createdAt, content }
    account.nativeFiles.set(id, stored)
    uploaded.push({ file_id: id, name: file.name })
  }
  return done(requestId, { uploaded_files: uploaded, failed_uploads: [] })
}

/** Answers GET /api/v1/files?page_no=…&page_size=…: the account's files, newest first. */
export function listNativeFiles({ account, requestId, url }: Exchange): EmulatorResponse {
  const page = Number(url.searchParams.get('page_no') ?? 1)
  const size = Number(url.searchParams.get('page_size') ?? DEFAULT_PAGE)
  const all = [...account.nativeFiles.values()].reverse()
  const files = all.slice((page - 1) * size, page * size).map(shown)
  return done(requestId, { total: all.length, page_no: page, page_size: size, files })
}

/** Answers GET /api/v1/files/{id}. */
export function getNativeFile({ account, parts, requestId }: Exchange): EmulatorResponse {
  const file = account.nativeFiles.get(parts[0] ?? '')
  return file === undefined ? invalid('File not found.') : done(requestId, shown(file))
}

/** Answers DELETE /api/v1/files/{id}. */
export function deleteNativeFile({ account, parts, requestId }: Exchange): EmulatorResponse {
  return account.nativeFiles.delete(parts[0] ?? '') ? done(requestId, undefined) : invalid('File not found.')
}

function done(requestId: string, data: JsonObject | undefined): EmulatorResponse {
  return { kind: 'json', body: { request_id: requestId, ...(data && { data }) } }
}

function shown({ id, name, bytes, createdAt, content }: StoredFile): JsonObject {
  const time = new Date((createdAt + BEIJING_HOURS * 3600) * 1000).toISOString()
  return {
    file_id: id,
    name,
    description: '',
    size: bytes,
    md5: digest(new TextDecoder().decode(content)),
    gmt_create: time.slice(0, 19).replace('T', ' '),
  }
}
