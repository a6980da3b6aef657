import { describe, expect, it } from 'vitest'
import { CHAT, TEXT } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { CHAT_BODY, NATIVE_BODY, useRig } from '../hostile/rig.ts'

const rig = useRig()

describe('P4 an empty response is an error', () => {
  it.each([
    [TEXT, NATIVE_BODY, { code: 'InternalError.Upstream' }],
    [CHAT, CHAT_BODY, { error: { code: 'upstream_error' } }],
  ])('An empty response is an error on %s, although it says 200 and JSON.', async (path, body, error) => {
    rig.upstream.answer(json(''))
    const response = await rig.post(path, body)
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject(error)
    expect(rig.upstream.seen).toHaveLength(1)
  })
})
