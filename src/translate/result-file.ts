import { GatewayError } from '../errors.ts'
import type { TranslationContext } from '../proxy/translation.ts'
import { ask, startDeadline } from '../upstream/fetch.ts'
import { readUpTo } from '../upstream/response.ts'

/**
 * The hosts of DashScope's results: buckets of Alibaba Cloud OSS whose names begin with `dashscope`, such as
 * `dashscope-result-bj.oss-cn-beijing.aliyuncs.com` and `dashscope-a717.oss-accelerate.aliyuncs.com` (API references
 * of images, speech and video). Results of models by other companies are on those companies' hosts, and are not
 * fetched.
 */
const FILE_HOST = /^dashscope(?:-[a-z0-9-]+)?\.oss-[a-z0-9-]+\.aliyuncs\.com$/

/** An image of 4K as PNG has about 20 MB. */
const MAX_IMAGE_BYTES = 24 * 1024 * 1024

/**
 * The URL of a result, if the gateway may fetch it.
 *
 * @param trustedOrigins the origins of the configured regions: a stand-in for DashScope serves its files there too.
 * @returns undefined for other URLs. On DashScope's hosts `http:` becomes `https:`; the signature stays valid.
 */
export function fileUrl(address: string, trustedOrigins: readonly string[]): URL | undefined {
  const url = URL.parse(address)
  if (url?.username !== '' || url.password !== '') return undefined
  if (trustedOrigins.includes(url.origin)) return url
  if (!FILE_HOST.test(url.hostname) || url.port !== '' || !/^https?:$/.test(url.protocol)) return undefined
  url.protocol = 'https:'
  return url
}

/**
 * Fetches a result without any credential and without following redirects.
 *
 * @param address the URL in DashScope's response.
 * @returns a response with status 200 and a body.
 * @throws GatewayError `upstream` or `timeout`.
 */
export async function fetchFile(
  address: string,
  { trustedOrigins, signal, untilMs }: Pick<TranslationContext, 'trustedOrigins' | 'signal' | 'untilMs'>,
): Promise<Response & { body: ReadableStream<Uint8Array> }> {
  const url = fileUrl(address, trustedOrigins)
  if (!url) {
    throw new GatewayError(
      'upstream',
      'The result is not on one of DashScope\'s own hosts, so it is not fetched. Use "response_format": "url", or the native endpoint.',
    )
  }
  const deadline = startDeadline(Math.max(1, untilMs - Date.now()), signal)
  try {
    const request = { url: url.href, method: 'GET', headers: {}, body: undefined }
    const response = await ask(request, deadline)
    if (response.status === 200 && hasBody(response)) return response
    await response.body?.cancel().catch(() => undefined)
    throw new GatewayError(
      'upstream',
      `DashScope's file host answered ${response.status}. Try again in a moment.`,
    )
  } finally {
    deadline.end()
  }
}

function hasBody(response: Response): response is Response & { body: ReadableStream<Uint8Array> } {
  return response.body !== null
}

/**
 * Fetches a result into memory.
 *
 * @param limitBytes a longer file is an error.
 */
export async function readFile(
  address: string,
  context: Pick<TranslationContext, 'trustedOrigins' | 'signal' | 'untilMs'>,
  limitBytes = MAX_IMAGE_BYTES,
): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await fetchFile(address, context)
  const read = await readUpTo(body, limitBytes).catch((cause) => {
    throw new GatewayError('upstream', "DashScope's file broke off before it was complete. Try again.", {
      cause,
    })
  })
  if (read.kind === 'whole' && read.bytes.byteLength <= limitBytes) return read.bytes
  if (read.kind === 'long') await read.rest.cancel().catch(() => undefined)
  throw new GatewayError(
    'upstream',
    `DashScope's file is larger than ${limitBytes} bytes, the maximum for this gateway. Use "response_format": "url".`,
  )
}
