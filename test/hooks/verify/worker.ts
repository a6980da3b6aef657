import { verify } from '../../../src/hooks/verify/verify.ts'
import { verifyEventBridge } from '../../../src/jobs/eventbridge-signature.ts'
import { fromBase64 } from '../../../src/lib/base64.ts'
import { equalTexts } from '../../../src/lib/hmac.ts'
import { bytesOf } from '../../../src/lib/json/utf8.ts'
import type { Vector } from './vectors.ts'

/** The address that the published reports of EventBridge were signed for. */
const URL_OF_REPORTS = 'https://gateway.example/edge/hooks/eventbridge'

/** Says of each request in the body what the gateway's verifiers find, in the runtime where they are deployed. */
export default {
  async fetch(request: Request): Promise<Response> {
    const vectors: Vector[] = await request.json()
    return Response.json(await Promise.all(vectors.map((vector) => kindOf(vector))))
  },
}

async function kindOf(vector: Vector): Promise<string> {
  const url = new URL('https://gateway.example/edge/hooks/hk_1/in')
  for (const [name, value] of Object.entries(vector.query)) url.searchParams.set(name, value)
  const header = (name: string) => vector.headers[name]
  const body = bytesOf(vector.body)
  if (vector.kind === 'eventbridge') return reportKind(vector, header, body)
  const request = { method: 'POST', url, header, body }
  const config = { turnstileSecret: undefined, turnstileVerifyUrl: '' }
  const hook = { kind: vector.kind, hmac: vector.hmac, form: null }
  return (await verify(hook, vector.secrets, request, vector.nowMs, config)).kind
}

async function reportKind(
  { secrets, nowMs, spki = '' }: Vector,
  header: (name: string) => string | undefined,
  body: Uint8Array,
): Promise<string> {
  const isOwn = await equalTexts(header('x-eventbridge-signature-token') ?? '', secrets.token ?? '')
  const load = async () => fromBase64(spki)
  const isSigned = await verifyEventBridge(URL_OF_REPORTS, { get: header }, body, nowMs, load)
  return isOwn && isSigned ? 'event' : 'invalid'
}
