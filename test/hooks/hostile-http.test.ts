import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/lib/hex.ts'
import { hmac } from '../../src/lib/hmac.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'
import { until } from '../harness/caller.ts'
import { type CreatedHook, useHooks } from './rig.ts'

const rig = useHooks({ MAX_BODY_BYTES: '2000000' })

const SECRET = 'a secret of hostile events'
const HMAC = { header: 'x-signature', algorithm: 'sha256', encoding: 'hex', template: '{body}' }
const PROMPT = { model: 'qwen-plus', user: '{{event.text}} {{event.raw}}' }

const create = (limits = {}) =>
  rig.create(
    'hmac',
    { secret: SECRET },
    { hmac: HMAC, prompt: PROMPT, deliver: 'https://app.example/', limits },
  )

/** Sends bytes that the sender has signed: what it signs may still be hostile. */
async function send(hook: CreatedHook, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
  const signature = toHex(await hmac('SHA-256', SECRET, typeof body === 'string' ? bytesOf(body) : body))
  return fetch(hook.url, { method: 'POST', headers: { 'x-signature': signature }, body })
}

describe('an event that is signed and hostile', () => {
  it.each([
    ['nested 200,000 levels deep', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['an array of 300,000 elements', `{"a":[${'1,'.repeat(300_000)}1]}`],
    ['one text of a million characters', `{"a":"${'x'.repeat(1_000_000)}"}`],
    ['names that objects have', '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}},"text":"hi"}'],
    ['a template', '{"text":"{{event.raw}} {{#event.raw}}{{/event.raw}}"}'],
    ['not JSON', '\u0000\u0001 {'],
    ['not UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
    ['lone surrogates', '{"text":"\\ud800\\udfff\\ud800"}'],
  ] as [string, string | Uint8Array<ArrayBuffer>][])('It is answered where it is %s.', async (_, body) => {
    const hook = await create()
    const response = await send(hook, body)
    expect([response.status, response.headers.get('x-edge-hook')]).toEqual([200, null])
    await until('the event has a job', async () => (await rig.events(hook))[0]?.job != null)
    const [event] = await rig.events(hook)
    const job = await (await rig.ask('GET', `/edge/jobs/${event?.job}`)).json()
    expect(job).toMatchObject({ kind: 'hook', hook: hook.id })
  })

  it('It is refused with 413 where it is larger than the gateway takes.', async () => {
    const hook = await create()
    expect((await send(hook, 'x'.repeat(2_000_001))).status).toBe(413)
    expect(await rig.events(hook)).toEqual([])
  })

  it('A flood of different events makes as many jobs as the hook allows in a minute.', async () => {
    const hook = await create({ per_minute: 5, per_user_minute: 5, concurrent: 5 })
    const responses = await Promise.all(
      Array.from({ length: 60 }, (_, index) => send(hook, `{"text":"event ${index}"}`)),
    )
    const outcomes = responses.map((response) =>
      [response.status, response.headers.get('x-edge-hook')].join(),
    )
    expect(outcomes.filter((outcome) => outcome === '200,')).toHaveLength(5)
    expect(outcomes.filter((outcome) => outcome === '200,limited')).toHaveLength(55)
    await until('the jobs are there', async () => (await rig.jobs(hook)).length === 5)
  })
})
