import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../../scripts/bundle.ts'
import { type RunningWorker, startEmulator } from '../../../scripts/workers.ts'
import published from './vectors.json' with { type: 'json' }
import { damagedIn, VECTORS, type Vector } from './vectors.ts'

let directory: string
let worker: RunningWorker

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-verify-'))
  // A Worker without bindings, as the emulator is one.
  worker = await startEmulator(await bundle('test/hooks/verify/worker.ts', directory), 0)
})
afterAll(async () => {
  await worker.stop()
  await rm(directory, { recursive: true })
})

/** What the verifiers say of each vector, asked in workerd. */
async function kindsOf(vectors: readonly Vector[]): Promise<string[]> {
  const response = await fetch(worker.address, { method: 'POST', body: JSON.stringify(vectors) })
  expect(response.status).toBe(200)
  return (await response.json()) as string[]
}

const all = (count: number, kind: string): string[] => Array(count).fill(kind)

describe('Acceptance test 1: the vectors of each platform, in workerd', () => {
  it.each(VECTORS)('The signature of $name is accepted.', async (vector) => {
    expect(await kindsOf([vector])).toEqual(['event'])
  })

  it.each(VECTORS)('The signature of $name is refused with one bit changed in any part.', async (vector) => {
    const changes = damagedIn(vector)
    const kinds = await kindsOf(changes.map(([, changed]) => changed))
    expect(changes.map(([part], index) => [part, kinds[index]])).toEqual(
      changes.map(([part]) => [part, 'invalid']),
    )
  })

  it.each(VECTORS)(
    'A signature of $name that is empty, short, doubled or not ASCII is refused.',
    async (vector) => {
      const name = Object.keys(vector.headers).find((header) => /sign(?:ature)?(?:-v2|-256)?$/.test(header))
      const sent = name ? (vector.headers[name] ?? '') : (vector.query.msg_signature ?? '')
      const variants = ['', sent.slice(0, -2), `${sent}, ${sent}`, `${sent}é`].map(
        (value): Vector =>
          name
            ? { ...vector, headers: { ...vector.headers, [name]: value } }
            : { ...vector, query: { ...vector.query, msg_signature: value } },
      )
      expect(await kindsOf(variants)).toEqual(all(variants.length, 'invalid'))
    },
  )

  it('Raw bytes are verified: the order of keys, spaces and escapes count.', async () => {
    const [vector] = VECTORS as readonly [Vector]
    const bodies = ['{"test":2432232314}', '{ "test": 2432232314}', '{"t\\u0065st": 2432232314}']
    expect(await kindsOf(bodies.map((body) => ({ ...vector, body })))).toEqual(all(3, 'invalid'))
  })

  it('A message that is early, or five minutes and a second old, is refused.', async () => {
    const timed = VECTORS.filter(({ kind }) => ['standard', 'gitlab', 'slack', 'stripe'].includes(kind))
    const shifted = (seconds: number) =>
      timed.map((vector) => ({ ...vector, nowMs: vector.nowMs + 1000 * seconds }))
    expect(await kindsOf(shifted(300))).toEqual(all(timed.length, 'event'))
    expect(await kindsOf([...shifted(301), ...shifted(-301)])).toEqual(all(2 * timed.length, 'invalid'))
  })

  it('Either signature is accepted during a rotation.', async () => {
    const [, vector] = VECTORS as readonly [Vector, Vector]
    const both = published.standard_rotation_header_second_secret_is_bytes_1_to_32
    const second = `whsec_${Buffer.from(Array.from({ length: 32 }, (_, index) => index + 1)).toString('base64')}`
    const rotated = { ...vector, headers: { ...vector.headers, 'webhook-signature': both } }
    expect(await kindsOf([rotated, { ...rotated, secrets: { secret: second } }])).toEqual(['event', 'event'])
  })
})
