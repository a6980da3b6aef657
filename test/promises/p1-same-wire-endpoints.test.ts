import { describe, expect, it } from 'vitest'
import { SAMPLES } from '../fuzz/samples.ts'
import { pastCache } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const rig = useGateway()

/** A response that no JSON library would write so. */
const ANSWER = ' { "output":{"task_status":"x"} ,\r\n"usage" : {"input_tokens":1.0e0}, "z":"\\u4f60" }\n'

const withBody = SAMPLES.filter(({ headers }) => headers?.['content-type'] === 'application/json')

describe('P1 every endpoint that takes JSON relays both bodies byte for byte', () => {
  it.each(withBody.map((sample) => [sample.name, sample] as const))('%s', async (_, sample) => {
    rig.upstream.answer(json(ANSWER))
    // The key has no session of an application.
    const text = JSON.stringify(sample.body, null, '\t').replace('"session_id"', '"x_id"')
    const body = `\r\n${text.replace('{', '{ "x_edge":1.50,')}\n`
    const answer = await send(rig.gateway.address, {
      method: sample.method,
      path: sample.path,
      headers: pastCache(rig.key, sample.headers),
      body,
    })
    expect(answer.text).toBe(ANSWER)
    expect(answer.status).toBe(200)
    const seen = rig.upstream.seen.at(-1)
    expect(seen?.target).toBe(sample.path)
    expect(seen?.body.toString()).toBe(body)
  })
})
