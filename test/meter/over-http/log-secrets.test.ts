import { describe, expect, it } from 'vitest'
import { nativeBody, SSE, TEXT, until } from '../../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway } from '../../harness/gateway.ts'
import { ADDRESS, PROMPT, useLog } from './log-rig.ts'
import { askWhole, mintToken } from './rig.ts'

const rig = useLog()
const { written, lines, asked, theLine } = rig

describe('the log holds nothing of what was said', () => {
  it('The log has no prompt, response, key, URL or cookie, however a request ends.', async () => {
    const { key } = await rig.gateway.issueKey()
    const token = await mintToken(rig.gateway, key, { user: 'ann' })
    const models = [
      'qwen-plus',
      'fault-cut',
      'fault-cut-between',
      'fault-html',
      'fault-nonsense',
      'fault-empty',
      'fault-status-500-InternalError',
      'fault-mid-stream-429-Throttling',
      'fault-redirect',
      'no-such-model',
    ]
    let asks = 0
    for (const model of models) {
      for (const headers of [{}, SSE]) {
        for (const by of [key, token]) {
          await askWhole(asked({ body: nativeBody(model, PROMPT), headers }, by))
          asks++
        }
      }
    }
    await until('every line is there', () => lines().length >= asks)
    expect(lines()).toHaveLength(asks)
    const log = written.join('\n')
    for (const secret of [
      PROMPT,
      'You said',
      key,
      token,
      rig.gateway.apiKey,
      ADMIN_TOKEN,
      ADDRESS,
      '127.0.0.1',
      'Cookie',
    ]) {
      expect(log).not.toContain(secret)
    }
  })

  it('Bodies are logged only if the operator enabled that: whole responses and the ends of streams.', async () => {
    const open = await startTestGateway({ LOG_BODIES: 'on' })
    try {
      const { key } = await open.issueKey()
      for (const headers of [{}, SSE]) {
        written.length = 0
        const body = nativeBody('qwen-plus', PROMPT, {
          incremental_output: true,
          seed: headers === SSE ? 1 : 2,
        })
        const read = await askWhole({ address: open.address, key, path: TEXT, body, headers })
        const line = await theLine()
        expect(line.body).toBe(JSON.stringify(body))
        expect(line.answer).toBe(read.text)
        expect(written.join()).not.toContain(key)
        expect(written.join()).not.toContain(open.apiKey)
      }
      written.length = 0
      const long = nativeBody('qwen-plus', 'long '.repeat(10_000))
      await askWhole({ address: open.address, key, path: TEXT, body: long })
      const line = await theLine()
      expect(String(line.body)).toHaveLength(16_384)
      expect(String(line.answer).length).toBeLessThanOrEqual(16_384)
    } finally {
      await open.stop()
    }
  })
})
