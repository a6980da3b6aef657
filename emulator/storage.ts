import { BoundedMap } from './bounded-map.ts'

/** Maximum number of files; the oldest are evicted. */
const MAX_FILES = 500

/** Files uploaded to the stand-in for OSS, by key. */
const stored = new BoundedMap<{ type: string; bytes: number }>(MAX_FILES)

/** Form fields that OSS requires before the file. */
const NEEDED = ['OSSAccessKeyId', 'Signature', 'policy', 'key', 'success_action_status']

/**
 * Answers POST /emulator/uploads like OSS for the form of an upload policy (page "Upload files for temporary URLs"):
 * the file must be the last field, a policy expires after five minutes, and nothing is overwritten.
 */
export async function storeFile(request: Request): Promise<Response> {
  if (request.headers.has('authorization')) return refuse(400, 'InvalidArgument')
  const form = await request.formData().catch(() => undefined)
  const names = [...(form?.keys() ?? [])]
  const file = form?.get('file')
  if (!form || !(file instanceof Blob)) return refuse(400, 'MalformedPOSTRequest')
  if (names.at(-1) !== 'file' || NEEDED.some((name) => !form.has(name)))
    return refuse(400, 'MalformedPOSTRequest')
  const policy = readPolicy(String(form.get('policy')))
  if (Date.parse(policy.expiration) < Date.now()) return refuse(403, 'AccessDenied')
  const key = String(form.get('key'))
  if (stored.has(key)) return refuse(409, 'FileAlreadyExists')
  stored.set(key, { type: String(form.get('x-oss-content-type') ?? ''), bytes: file.size })
  return new Response(null, { status: 200 })
}

function readPolicy(policy: string): { expiration: string } {
  try {
    return JSON.parse(atob(policy)) as { expiration: string }
  } catch {
    return { expiration: '' }
  }
}

function refuse(status: number, code: string): Response {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`
  return new Response(body, { status, headers: { 'content-type': 'application/xml' } })
}
