import { expect, it } from 'vitest'
import { ask, nativeBody, TEXT, until } from '../../harness/caller.ts'
import { json, type Seen } from '../../harness/plain-upstream.ts'
import { useRig } from '../../hostile/rig.ts'
import { usageReport } from './rig.ts'

const rig = useRig()

const BOUND = 5000
const REFUSAL =
  '{"code":"InvalidParameter","message":"parameter.enable_thinking must be set to false for non-streaming calls"}'
const FRAME =
  'data:{"output":{"choices":[{"message":{"role":"assistant","content":"half"},"finish_reason":"null"}]},"usage":{}}\n\n'
const FIRST_ERROR =
  'event:error\n:HTTP_STATUS/400\ndata:{"code":"DataInspectionFailed","message":"m","request_id":"r"}\n\n'

const isStream = ({ headers }: Seen) => headers['x-dashscope-sse'] === 'enable'

it.each<[string, 'its estimate' | 'nothing', string, 'hangs' | 'breaks', number, string]>([
  ['is too late', 'its estimate', FRAME, 'hangs', 504, 'late'],
  ['breaks', 'its estimate', FRAME, 'breaks', 502, 'lost'],
  ['begins with an error', 'nothing', FIRST_ERROR, 'breaks', 400, '400'],
  ['hangs behind an error', 'nothing', FIRST_ERROR, 'hangs', 400, '400'],
])('A joined stream that %s is charged with %s', async (name, charged, piece, end, status, outcome) => {
  const { id, key } = await rig.gateway.issueKey({ limits: { tokens_per_day: 1_000_000 } })
  rig.upstream.answer((response, seen) => {
    if (!isStream(seen)) return json(REFUSAL, 400)(response, seen)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(piece)
    if (end === 'breaks') setTimeout(() => response.destroy(), 100)
  })
  const body = nativeBody(`whole ${name}`, 'hi', { max_tokens: BOUND })
  const response = await ask({
    address: rig.gateway.address,
    key,
    path: TEXT,
    body,
    headers: { 'x-edge-timeout': '1', 'cache-control': 'no-store' },
  })
  expect(response.status).toBe(status)
  expect(response.headers.get('x-edge-attempts')).toBe(`2;path="beijing=400, beijing=${outcome}"`)
  const total = async () => (await usageReport(rig.gateway, `key=${id}`)).total
  await until('it is settled', async () => (await total()).requests === 1)
  const estimate = Math.ceil(JSON.stringify(body).length / 4) + BOUND
  const { input_tokens = 0, output_tokens = 0 } = await total()
  expect(input_tokens + output_tokens).toBe(charged === 'its estimate' ? estimate : 0)
})
