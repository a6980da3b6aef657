import assert from 'node:assert/strict'
import { until } from '../harness/caller.ts'
import type { Check } from './checks.ts'
import type { Page } from './devtools.ts'
import type { Stage } from './stage.ts'

const MODEL = 'qwen3-omni-flash-realtime'

/** Acceptance test A10 of the realtime API: a page with a session token speaks and hears. */
export function omniChecks(page: Page, stage: Stage): Check[] {
  let token = ''
  return [
    [
      'A10: the page for an omni model mints a token, speaks what its microphone hears, and shows the answer',
      async () => {
        await page.open(`${stage.site}/omni.html`)
        token = await page.run(mint, stage.gateway, stage.clientKey, MODEL)
        assert.match(token, /^dst_/)
        await page.run(talk, stage.gateway, token)
        await until('the answer', async () => (await shown(page)).said !== '')
        const { heard, said } = await shown(page)
        assert.match(heard, /^You: samples=\d{4,} peak=[1-9]\d{2,}$/)
        assert.match(said, /^Model: You said: samples=\d{4,} peak=[1-9]\d{2,} \(images 0\)$/)
      },
    ],
    [
      'A10: neither the token nor a header of the page reaches DashScope',
      async () => {
        const calls = (await stage.calls()).filter(({ path }) => path.startsWith('/api-ws/'))
        assert.notEqual(calls.length, 0)
        assert.ok(!JSON.stringify(calls).includes(token), 'The token reached DashScope.')
        for (const { headers } of calls) {
          const told = Object.keys(headers).filter((name) =>
            /^(?:origin|cookie|sec-websocket-protocol)$/.test(name),
          )
          assert.deepEqual(told, [])
        }
      },
    ],
    [
      'A10: the gateway answers a page with the subprotocol "realtime", never with the token',
      async () => assert.equal(await page.run(chosenProtocol, stage.gateway, token, MODEL), 'realtime'),
    ],
    [
      'A10: a page of another origin reads in-band why it is refused',
      async () => {
        await page.open(`${stage.foreignSite}/omni.html`)
        const { code, closed } = await page.run(refusal, stage.gateway, token, MODEL)
        assert.deepEqual([code, closed], ['AccessDenied', 1008])
      },
    ],
  ]
}

async function mint(gateway: string, key: string, model: string): Promise<string> {
  const response = await fetch(`${gateway}/edge/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ models: [model] }),
  })
  return ((await response.json()) as { token: string }).token
}

function talk(gateway: string, token: string): void {
  const field = (id: string) => document.getElementById(id) as HTMLInputElement
  field('gateway').value = gateway
  field('token').value = token
  field('talk').click()
}

function shown(page: Page): Promise<{ heard: string; said: string }> {
  return page.run(() => ({
    heard: document.getElementById('heard')?.textContent ?? '',
    said: document.getElementById('said')?.textContent ?? '',
  }))
}

function chosenProtocol(gateway: string, token: string, model: string): Promise<string> {
  const address = `${gateway.replace(/^http/, 'ws')}/api-ws/v1/realtime?model=${model}`
  const socket = new WebSocket(address, ['realtime', `openai-insecure-api-key.${token}`])
  return new Promise((resolve) => {
    socket.onopen = () => {
      resolve(socket.protocol)
      socket.close()
    }
    socket.onerror = () => resolve('no connection')
  })
}

function refusal(gateway: string, token: string, model: string): Promise<{ code: string; closed: number }> {
  const address = `${gateway.replace(/^http/, 'ws')}/api-ws/v1/realtime?model=${model}`
  const socket = new WebSocket(address, ['realtime', `openai-insecure-api-key.${token}`])
  let code = ''
  socket.onmessage = ({ data }) => {
    code = JSON.parse(data).error?.code ?? ''
  }
  return new Promise((resolve) => {
    socket.onclose = ({ code: closed }) => resolve({ code, closed })
  })
}
