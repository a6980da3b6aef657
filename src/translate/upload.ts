import { GatewayError } from '../errors.ts'
import { objectAt, parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import type { TranslationContext } from '../proxy/translation.ts'
import type { UpstreamResponse } from '../upstream/response.ts'
import { nativeEndpoint } from './plan.ts'
import { fileUrl } from './result-file.ts'

/** A file for DashScope's temporary storage. */
export interface UploadFile {
  name: string
  type: string
  bytes: Uint8Array<ArrayBuffer>
}

/** DashScope's upload policy, valid for five minutes (page "Upload files for temporary URLs"). */
export interface UploadPolicy {
  /** The form fields before the file, in order. */
  fields: Readonly<Record<string, string>>
  host: string
  directory: string
}

/** Characters of a file's name that are kept. Each upload has its own directory, so names never collide. */
const MAX_NAME_CHARACTERS = 80

/** The time limit for uploading a file to OSS. */
const UPLOAD_TIMEOUT_MS = 60_000

/** The request for an upload policy; the file can then be used with this model. */
export function policyLookup(model: string) {
  const query = new URLSearchParams({ action: 'getPolicy', model })
  return { endpoint: nativeEndpoint('upload-policy'), path: `/api/v1/uploads?${query}` }
}

/**
 * Parses DashScope's upload policy.
 *
 * @throws GatewayError `upstream` if there is none.
 */
export function policyIn(response: UpstreamResponse): UploadPolicy {
  const body = response.kind === 'whole' && response.status === 200 ? parseObject(textOf(response.body)) : {}
  const data = objectAt(body, 'data') ?? {}
  const text = (name: string): string => {
    const value = data[name]
    if (typeof value === 'string' && value !== '') return value
    throw new GatewayError('upstream', 'DashScope returned no upload policy. Try again in a moment.')
  }
  return {
    host: text('upload_host'),
    directory: text('upload_dir'),
    fields: {
      OSSAccessKeyId: text('oss_access_key_id'),
      Signature: text('signature'),
      policy: text('policy'),
      'x-oss-object-acl': text('x_oss_object_acl'),
      'x-oss-forbid-overwrite': text('x_oss_forbid_overwrite'),
      success_action_status: '200',
    },
  }
}

/**
 * Uploads a file to DashScope's temporary storage. OSS gets no credential except the policy.
 *
 * @returns its `oss://` URL, which any request of the account can use for 48 hours.
 * @throws GatewayError `upstream` if OSS does not accept it.
 */
export async function putFile(
  policy: UploadPolicy,
  file: UploadFile,
  { trustedOrigins, signal }: Pick<TranslationContext, 'trustedOrigins' | 'signal'>,
): Promise<string> {
  const url = fileUrl(policy.host, trustedOrigins)
  if (!url) throw new GatewayError('upstream', 'DashScope returned an upload host that is not its own.')
  const key = `${policy.directory}/${safeName(file.name)}`
  const form = new FormData()
  for (const [name, value] of Object.entries({ ...policy.fields, key })) form.append(name, value)
  if (file.type !== '') form.append('x-oss-content-type', file.type)
  // The file must be last: OSS ignores fields after it.
  form.append('file', new Blob([file.bytes]), safeName(file.name))
  const response = await fetch(url, {
    method: 'POST',
    body: form,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_TIMEOUT_MS)]),
  }).catch((cause) => {
    signal.throwIfAborted()
    throw new GatewayError('upstream', "DashScope's storage could not be reached. Try again.", { cause })
  })
  await response.body?.cancel().catch(() => undefined)
  if (response.status === 200) return `oss://${key}`
  throw new GatewayError(
    'upstream',
    `DashScope's storage answered ${response.status}. Try again in a moment.`,
  )
}

/** Letters, digits, `.`, `_` and `-`, with the original extension, by which DashScope detects the format. */
export function safeName(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, '_').replace(/^\.+/, '')
  return plain.slice(-MAX_NAME_CHARACTERS) || 'file'
}
