import { hex } from '../digest.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { invalid } from '../problems.ts'

const POLICY_SECONDS = 300
const MOST_FILE_MEGABYTES = 1024

/**
 * Answers GET /api/v1/uploads?action=getPolicy&model=…. The upload host is the emulator itself, so that a client which
 * follows the policy stays on this machine.
 */
export function uploadPolicy({ account, model, now, requestId, url }: Exchange): EmulatorResponse {
  if (url.searchParams.get('action') !== 'getPolicy' || model === '') {
    return invalid(
      'Required parameter(action, model) missing or invalid, please check the request parameters.',
    )
  }
  const day = new Date(now).toISOString().slice(0, 10)
  const directory = `dashscope-instant/${hex(account.uid, 32)}/${day}/${requestId}`
  const expiration = new Date(now + POLICY_SECONDS * 1000).toISOString()
  const conditions = [['content-length-range', 0, MOST_FILE_MEGABYTES * 1024 ** 2], { bucket: 'emulator' }]
  return {
    kind: 'json',
    body: {
      data: {
        policy: btoa(JSON.stringify({ expiration, conditions })),
        signature: btoa(hex(requestId, 20)),
        upload_dir: directory,
        upload_host: `${url.origin}/emulator/uploads`,
        expire_in_seconds: POLICY_SECONDS,
        max_file_size_mb: MOST_FILE_MEGABYTES,
        capacity_limit_mb: 999999999,
        oss_access_key_id: 'emulator',
        x_oss_object_acl: 'private',
        x_oss_forbid_overwrite: 'true',
      },
      request_id: requestId,
    },
  }
}
