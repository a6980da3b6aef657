import { describe, expect, it } from 'vitest'
import { ENDPOINTS } from '../../src/dashscope/endpoint-table.ts'
import { namesStored } from '../fuzz/sample.ts'
import { SAMPLES } from '../fuzz/samples.ts'
import { pastCache } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const rig = useGateway()

/** A response that no JSON library would write so. */
const RESPONSE = ' { "output":{"task_status":"x"} ,\r\n"usage" : {"input_tokens":1.0e0}, "z":"\\u4f60" }\n'

const translated = new Set(ENDPOINTS.filter(({ isTranslated }) => isTranslated).map(({ name }) => name))

/**
 * Translated endpoints send another body upstream. Samples that name a stored resource need one first;
 * proxy/stored-responses-wire and proxy/batch-bytes-http cover their endpoints.
 */
const withBody = SAMPLES.filter(
  (sample) =>
    sample.headers?.['content-type'] === 'application/json' &&
    !translated.has(sample.name) &&
    !namesStored(sample),
)

describe('P1 every endpoint that takes JSON relays both bodies byte for byte', () => {
  it.each(withBody.map((sample) => [sample.name, sample] as const))(
    'Both bodies of %s are relayed byte for byte.',
    async (_, sample) => {
      rig.upstream.answer(json(RESPONSE))
      const text = JSON.stringify(sample.body, null, '\t')
      const body = `\r\n${text.replace('{', '{ "x_edge":1.50,')}\n`
      const response = await send(rig.gateway.address, {
        method: sample.method,
        path: sample.path,
        headers: pastCache(rig.key, sample.headers),
        body,
      })
      expect(response.text).toBe(RESPONSE)
      expect(response.status).toBe(200)
      const seen = rig.upstream.seen.at(-1)
      expect(seen?.target).toBe(sample.path)
      expect(seen?.body.toString()).toBe(body)
    },
  )
})
