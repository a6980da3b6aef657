import { describe, expect, it } from 'vitest'
import { send } from '../harness/wire.ts'
import { usePaths } from './path-rig.ts'

const rig = usePaths()
const { ask } = rig

describe('P3 tricks with the path', () => {
  const text = '/services/aigc/text-generation/generation'
  /** The only paths these tricks may mean; whatever the trick, DashScope is asked for one of them to the letter or not at all. */
  const served = [`/api/v1${text}`, '/api/v1/tasks']

  it.each([
    `//api/v1${text}`,
    `/api//v1${text}`,
    `/api/v1${text}//`,
    `/api/v1/./${text}`,
    `/./api/v1${text}`,
    `/api/v1/deployments/..${text}`,
    `/api/v1/deployments/%2e%2e${text}`,
    `/api/v1/deployments/%2E.${text}`,
    `/api/v1/deployments/.%2e${text}`,
    `/api/v1${text}/../../../../deployments`,
    `/api/v1${text}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/deployments`,
    `/api/v1${text}%2f`,
    `/api/v1${text}%2f..%2f..`,
    `/api/v1${text}%00`,
    `/api/v1${text}%20`,
    `/api/v1${text};a=b`,
    `/api/v1${text}\\`,
    `\\api\\v1${text}`,
    `/api/v1${text}/.`,
    `/api/v1${text}/..`,
    `/%61pi/v1${text}`,
    `/api%2fv1${text}`,
    `/api/v1${text}#x`,
    `/api/v1${text}%23`,
    `/api/v1${text}%3Fa=b`,
    '/api/v1/tasks/..',
    '/api/v1/tasks/.',
    '/api/v1/tasks/%2e%2e',
    '/api/v1/tasks/%2e%2e/deployments',
    '/api/v1/tasks/..%2fdeployments',
    '/api/v1/tasks/..%2f..%2fdeployments/cancel',
    '/api/v1/tasks/..%5cdeployments',
    '/api/v1/tasks/a%2fb',
    '/api/v1/tasks/a%252fb',
    '/api/v1/tasks/t-1%00',
    '/api/v1/tasks/t-1;x',
    '/api/v1/tasks/t-1%3fx',
    '/api/v1/tasks/%E4%BD%A0',
    `/api/v1/tasks/${'a'.repeat(129)}`,
    '/api/v1/tasks/x/../../deployments',
    '/api/v1/apps/../completion',
    '/api/v1/apps/%2e%2e/completion',
    '/api/v1/apps/a%2f..%2fb/completion',
    '/compatible-mode/v1/files/..%2ffine_tuning',
    '/compatible-mode/v1/files/%2e%2e/fine_tuning',
    '/compatible-mode/v1/files/../fine_tuning',
    '/compatible-mode/v1/chat/../fine_tuning/jobs',
    '/apps/anthropic/v1/../../../api/v1/deployments',
  ])('The path %s is not found.', async (path) => {
    for (const method of ['POST', 'GET', 'DELETE']) {
      const before = rig.upstream.seen.length
      const response = await ask(method, path)
      for (const { target } of rig.upstream.seen.slice(before))
        expect(served).toContain(target.replace(/\/?(\?.*)?$/, ''))
      if (rig.upstream.seen.length === before) expect([400, 404, 405]).toContain(response.status)
    }
  })

  it('An absolute URL in place of the path is not requested.', async () => {
    const before = rig.upstream.seen.length
    const response = await ask('GET', `${rig.upstream.address}/api/v1/deployments`)
    expect([400, 404]).toContain(response.status)
    expect(rig.upstream.seen.length).toBe(before)
  })

  it('A Host header does not choose where the request goes.', async () => {
    const before = rig.upstream.seen.length
    const response = await send(rig.gateway.address, {
      path: '/compatible-mode/v1/models',
      headers: { authorization: `Bearer ${rig.key}`, host: 'elsewhere.invalid' },
    })
    expect(response.status).toBe(200)
    expect(rig.upstream.seen[before]?.headers.host).toBe(new URL(rig.upstream.address).host)
  })
})
