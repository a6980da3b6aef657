import { beforeAll, expect, it } from 'vitest'
import { ask, CHAT, chatBody, nativeBody, SSE, TEXT, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { type SharedGateway, sharedGateway } from '../harness/shared-gateway.ts'

let gateway: SharedGateway
beforeAll(async () => {
  gateway = await sharedGateway()
})

it.each([
  [TEXT, nativeBody('fault-unended', '3+4', { incremental_output: true }), SSE, '"request_id":'],
  [
    CHAT,
    chatBody('fault-unended', '3+4', { stream: true, stream_options: { include_usage: true } }),
    {},
    '[DONE]',
  ],
])(
  'A stream on %s that lacks its last blank line is passed on, metered and cached.',
  async (path, body, headers, end) => {
    const { id, key } = await gateway.issueKey({ cache: { streams: true } })
    const asked = { address: gateway.address, key, path, body, headers }
    const text = await (await ask(asked)).text()
    expect(text).toContain(end)
    expect(text).toMatch(/[^\n]$/)
    await until('the usage is recorded', async () => {
      const report = await fetch(`${gateway.address}/edge/usage?key=${id}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      })
      return /"output_tokens":[1-9]|"output":[1-9]/.test(await report.text())
    })
    const again = await ask(asked)
    expect(again.headers.get('cache-status')).toContain('hit')
    expect(await again.text()).toContain('"usage":{')
  },
)
