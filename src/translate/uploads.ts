import type { Config } from '../config.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { Principal } from '../policy/key-record.ts'
import { resolveModel } from '../policy/model-names.ts'
import { allowEndpoint } from '../policy/policy.ts'
import { allowUpload } from '../policy/upload-caps.ts'
import { bodyRoomOf } from '../proxy/body-room.ts'
import type { ProxyRequest } from '../proxy/proxy-request.ts'
import { authorize } from '../proxy/read-request.ts'
import type { Translation } from '../proxy/translation.ts'
import { jsonResponse } from './native-response.ts'
import { invalidOption } from './options.ts'
import { nativeEndpoint } from './plan.ts'
import { readAskedBody } from './read-body.ts'
import { policyIn, policyLookup, putFile, type UploadFile } from './upload.ts'

/** DashScope keeps a temporary upload this long (page "Upload files for temporary URLs"). */
const UPLOAD_KEPT_MS = 48 * 3_600_000

const MEDIA_TYPE = /^[a-z]+\/[\w.+-]{1,80}$/

/**
 * Reads a file for DashScope's temporary storage: a form with `file` and the `model` that will read it. It is
 * converted to a request for an upload policy, so that limits, ownership and usage are those of that endpoint.
 *
 * @throws GatewayError for a malformed request, or one that the policy or the caps refuse.
 */
export async function readUpload(
  request: Request,
  headers: HeaderMap,
  principal: Principal,
  url: URL,
  config: Config,
): Promise<ProxyRequest> {
  const { policy, token } = principal
  const endpoint = nativeEndpoint('upload-policy')
  allowEndpoint(policy, endpoint.name)
  const form = { headers, endpoint: { ...endpoint, body: 'multipart' } } as const
  if (!/^\s*multipart\//i.test(headers.get('content-type') ?? '')) {
    throw new GatewayError('mediaType', 'This URL expects multipart/form-data with a file and a model.')
  }
  const { options, files } = await readAskedBody(request, url, form, bodyRoomOf(principal, config))
  const named = options.text('model') || token?.frozen?.model
  if (!named) throw invalidOption('model', 'expected the name of the model that will read the file')
  options.refuseOthers(named)
  const [part, ...others] = files
  if (part?.name !== 'file' || others.length > 0) throw invalidOption('file', 'expected one file')
  const { filename: name = '', type = '', bytes } = part
  if (bytes.byteLength === 0) throw invalidOption('file', 'the file is empty')
  const file = { name, type: MEDIA_TYPE.test(type) ? type : '', bytes }
  allowUpload(policy.caps ?? {}, file)
  const { path } = policyLookup(resolveModel(policy, named))
  const kept = new Map(
    [...headers].filter(([header]) => header === 'user-agent' || header === 'x-edge-timeout'),
  )
  const asked = { headers: kept, principal, endpoint, id: undefined }
  const call = authorize(request, new URL(path, url), asked, { kind: 'none' }, config)
  return { ...call, translation: uploading(file) }
}

function uploading(file: UploadFile): Translation {
  return {
    respond: async (upstream, context) => {
      // DashScope's errors are relayed unchanged.
      if (upstream.status >= 400) return { response: upstream }
      const url = await putFile(policyIn(upstream), file, context)
      const body = { url, expires_at: new Date(Date.now() + UPLOAD_KEPT_MS).toISOString() }
      return { response: jsonResponse(201, body, []) }
    },
  }
}
