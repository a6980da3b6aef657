import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readSettings } from '../../scripts/settings.ts'
import { createShutdown } from '../../scripts/start/shutdown.ts'
import { start } from '../../scripts/start/start.ts'
import { TEST_RESPONSE } from '../../scripts/start/turnstile.ts'

let state: string
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'dashscope-edge-demo-'))
})
afterAll(() => rm(state, { recursive: true, force: true }))

async function startWith(environment: Record<string, string>) {
  const shutdown = createShutdown(() => undefined)
  let printed = ''
  const upstream = { DASHSCOPE_API_KEY: 'sk-real', DASHSCOPE_BASE_URL: inject('emulatorAddress') }
  await start(readSettings({ EDGE_STATE_DIRECTORY: state, PORT: '0', ...upstream, ...environment }), {
    bundle: async () => inject('gatewayModule'),
    buildConsole: async () => undefined,
    print: (text) => {
      printed += text
    },
    shutdown,
  })
  return { printed, stop: () => shutdown.end(0) }
}

describe('the demo page of npm start', () => {
  it('The demo page has an origin of its own, mints a token with the stand-in for Turnstile, and keeps its key over a restart.', async () => {
    const keys: string[] = []
    for (const _ of ['first', 'second']) {
      const { printed, stop } = await startWith({})
      const address = /Demo page +(http:\/\/localhost:\d+\/)/.exec(printed)?.[1] ?? ''
      const page = await (await fetch(address)).text()
      expect(page).toContain('<script src="turnstile.js">')
      expect(page).not.toMatch(/src="https:/)
      expect((await fetch(`${address}turnstile.js`)).status).toBe(200)
      expect((await fetch(`${address}package.json`)).status).toBe(404)
      const script = await (await fetch(`${address}chat.js`)).text()
      const [, gateway = ''] = /const GATEWAY = '([^']+)'/.exec(script) ?? []
      const [, keyId = ''] = /const KEY_ID = '([^']+)'/.exec(script) ?? []
      expect(script).not.toContain('dse_')
      keys.push(keyId)
      const mint = (turnstile: string) =>
        fetch(`${gateway}/edge/tokens`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: new URL(address).origin },
          body: JSON.stringify({ key_id: keyId, turnstile }),
        })
      expect((await mint('forged')).status).toBe(403)
      const minted = await mint(TEST_RESPONSE)
      expect(minted.status).toBe(201)
      expect(await minted.json()).toMatchObject({ token: expect.stringMatching(/^dst_/) })
      await stop()
    }
    expect(keys[0]).toBe(keys[1])
  })

  it('The demo page is not served if TURNSTILE_SECRET is set.', async () => {
    const { printed, stop } = await startWith({ TURNSTILE_SECRET: '0x-of-a-real-widget' })
    expect(printed).not.toContain('Demo page')
    await stop()
  })
})
