import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { version } from '../../package.json'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { edge } from './edge-tool.ts'

const gateways: TestGateway[] = []

afterAll(() => Promise.all(gateways.map((gateway) => gateway.stop())))

async function examine(variables: Record<string, string> = {}, token = ADMIN_TOKEN, ...args: string[]) {
  const gateway = await startTestGateway(variables)
  gateways.push(gateway)
  const DASHSCOPE_EDGE_URL = gateway.address
  return { gateway, ...(await edge({ DASHSCOPE_EDGE_URL, ADMIN_TOKEN: token }, 'doctor', ...args)) }
}

/** A port on which nothing listens any more. */
async function deadAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

describe('npm run edge -- doctor', () => {
  it('A healthy deployment has no findings, and nothing is left behind in it.', async () => {
    const { gateway, code, stdout } = await examine({ ALLOWED_ORIGINS: 'https://app.example' })
    expect(stdout).toMatch(/Everything is in order\.\n$/)
    expect(stdout).toContain(`Version ${version} answers.`)
    expect(stdout).not.toMatch(/^(?:broken|warning)/m)
    for (const check of [
      'gateway',
      'admin token',
      'machine',
      'secrets',
      'variables',
      'keys',
      'cache',
      'meter',
    ])
      expect(stdout).toMatch(new RegExp(`^ok +${check} `, 'm'))
    for (const check of ['dashscope', 'clock', 'origins'])
      expect(stdout).toMatch(new RegExp(`^ok +${check} `, 'm'))
    expect(code).toBe(0)
    for (const name of ['KEYS', 'CACHE'] as const) {
      const namespace = gateway.kv(name)
      expect((await namespace.list()).keys).toEqual([])
    }
    expect(stdout).not.toContain(gateway.apiKey)
    expect(stdout).not.toContain(ADMIN_TOKEN)
  })

  it('The findings are available as JSON.', async () => {
    const { code, stdout } = await examine({ SICK: 'CACHE' }, ADMIN_TOKEN, '--json')
    const { findings } = JSON.parse(stdout)
    expect(findings).toContainEqual({
      check: 'cache',
      ok: false,
      says: expect.any(String),
      fix: expect.any(String),
    })
    expect(code).toBe(1)
  })

  it.each([
    ['the key list fails', { SICK: 'KEYS' }, /^broken +keys +The KV namespace KEYS does not work/m],
    ['the meter fails', { SICK: 'METER' }, /^broken +meter +The Durable Object METER does not respond/m],
    [
      'DashScope refuses the key',
      { DASHSCOPE_API_KEY: 'sk-invalid' },
      /^broken +dashscope .*refuses DASHSCOPE_API_KEY \(401\).*region/m,
    ],
    ['the key is missing', { DASHSCOPE_API_KEY: '' }, /^broken +secrets +DASHSCOPE_API_KEY is missing/m],
    ['a variable is wrong', { MAX_BODY_BYTES: 'lots' }, /^broken +variables .*MAX_BODY_BYTES/m],
  ])('The command names what is broken and a fix, and nothing else, if %s', async (_, variables, finding) => {
    const { code, stdout } = await examine(variables)
    expect(stdout).toMatch(finding)
    const broken = [...stdout.matchAll(/^broken .*\n +→ .+$/gm)]
    expect(broken).toHaveLength('DASHSCOPE_API_KEY' in variables && !variables.DASHSCOPE_API_KEY ? 2 : 1)
    expect(stdout).not.toContain('sk-invalid')
    expect(code).toBe(1)
  })

  it('The command says when DashScope cannot be reached.', async () => {
    const address = await deadAddress()
    const { code, stdout } = await examine({ DASHSCOPE_BASE_URL: address })
    expect(stdout).toContain(`${address} does not respond: DashScope could not be reached.`)
    expect(code).toBe(1)
  })

  it('An origin without TLS is only a warning.', async () => {
    const { code, stdout } = await examine({ ALLOWED_ORIGINS: 'http://app.example,http://localhost:5173' })
    expect(stdout).toMatch(/^warning +origins +ALLOWED_ORIGINS holds http:\/\/app\.example:/m)
    expect(stdout).toMatch(/It works, with 1 warning\.\n$/)
    expect(code).toBe(0)
  })

  it('A token that is wrong or missing is reported, and nothing else is asked.', async () => {
    const wrong = await examine({}, 'the-token-of-another-gateway')
    expect(wrong.stdout).toMatch(/^broken +admin token +The admin token is wrong.*\n +→ Set ADMIN_TOKEN/m)
    expect(wrong.code).toBe(1)
    expect(await wrong.gateway.calls()).toEqual([])
    const state = { EDGE_STATE_DIRECTORY: join(tmpdir(), randomUUID()) }
    const missing = await edge({ DASHSCOPE_EDGE_URL: wrong.gateway.address, ...state }, 'doctor')
    expect(missing.stdout).toMatch(/^broken +admin token +ADMIN_TOKEN is not set here/m)
    expect(missing.code).toBe(1)
  })

  it('The command says that nothing responds, or that something else does.', async () => {
    const DASHSCOPE_EDGE_URL = await deadAddress()
    const dead = await edge({ DASHSCOPE_EDGE_URL, ADMIN_TOKEN }, 'doctor')
    expect(dead.stdout).toMatch(/^broken +gateway .*could not be reached \(.*ECONNREFUSED/m)
    expect(dead.code).toBe(1)

    const tokens: (string | undefined)[] = []
    const server = createServer((request, response) => {
      tokens.push(request.headers.authorization)
      response.end('<html>Welcome</html>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const other = await edge({ DASHSCOPE_EDGE_URL: `http://127.0.0.1:${port}`, ADMIN_TOKEN }, 'doctor')
    server.close()
    expect(other.stdout).toMatch(/^broken +gateway .*not a dashscope-edge gateway/m)
    expect(tokens).toEqual([undefined])
    expect(other.code).toBe(1)
  })
})
