import { describe, expect, it } from 'vitest'
import { githubComment } from '../../emulator/stand-ins/events/code-hosts.ts'
import { HOOK_ADDRESSES } from '../../src/edge/hooks/addresses.ts'
import { json, until } from '../harness/caller.ts'
import { useHooks } from './rig.ts'

const rig = useHooks()

const SECRETS = { secret: 'a github secret' }
const UNKNOWN = {
  hook: `hk_${'0'.repeat(22)}`,
  preset: `ps_${'0'.repeat(22)}`,
  event: `hev_${'0'.repeat(22)}`,
}

async function createPreset(): Promise<string> {
  const body = { name: 'p', model: 'qwen-plus', system: 'A secret recipe.', user: '{{text}}' }
  return (await json<{ id: string }>(await rig.ask('POST', '/edge/presets', body))).id
}

/** Status and exact bytes, but for the id of the request. */
async function bytesOf(response: Response): Promise<[number, string]> {
  return [response.status, (await response.text()).replace(/"request_id":"[^"]*"/, '"request_id":""')]
}

describe('Acceptance test 10: resources of another key', () => {
  it('The response is byte for byte that of an unknown one, at every route of hooks and presets.', async () => {
    const hook = await rig.create('github', SECRETS)
    await rig.send(hook, githubComment(SECRETS.secret, { text: 'an event of the first key' }))
    await until('the event is listed', async () => (await rig.events(hook)).length === 1)
    const [event] = await rig.events(hook)
    const preset = await createPreset()
    const { key: other } = await rig.gateway.issueKey({ hooks: true })
    const body = (path: string) => (path.endsWith('/test') ? { event: { text: 'x' } } : {})
    const addresses: [string, (ids: { hook: string; preset: string; event: string }) => string][] = [
      ['GET', (ids) => `/edge/hooks/${ids.hook}`],
      ['PATCH', (ids) => `/edge/hooks/${ids.hook}`],
      ['DELETE', (ids) => `/edge/hooks/${ids.hook}`],
      ['POST', (ids) => `/edge/hooks/${ids.hook}/test`],
      ['GET', (ids) => `/edge/hooks/${ids.hook}/events`],
      ['POST', (ids) => `/edge/hooks/${ids.hook}/events/${ids.event}/replay`],
      ['GET', (ids) => `/edge/presets/${ids.preset}`],
      ['PATCH', (ids) => `/edge/presets/${ids.preset}`],
      ['DELETE', (ids) => `/edge/presets/${ids.preset}`],
      ['POST', (ids) => `/edge/presets/${ids.preset}/run`],
    ]
    const ids = { hook: ':id', preset: ':id', event: ':event' }
    const served = HOOK_ADDRESSES.filter(({ path }) => path.includes(':id') && !path.endsWith('/in'))
    expect(addresses.map(([method, pathOf]) => `${method} ${pathOf(ids)}`).toSorted()).toEqual(
      served
        .flatMap(({ path, methods }) => Object.keys(methods).map((method) => `${method} /edge${path}`))
        .toSorted(),
    )
    for (const [method, pathOf] of addresses) {
      const responses = await Promise.all(
        [{ hook: hook.id, preset, event: event?.id ?? '' }, UNKNOWN].map(async (ids) => {
          const path = pathOf(ids)
          return bytesOf(await rig.ask(method, path, method === 'GET' ? undefined : body(path), other))
        }),
      )
      expect([method, pathOf(UNKNOWN), responses[0]]).toEqual([method, pathOf(UNKNOWN), responses[1]])
      expect(responses[0]?.[0]).toBe(404)
    }
    // Nothing of it was changed.
    expect((await rig.ask('GET', `/edge/hooks/${hook.id}`)).status).toBe(200)
    expect((await rig.ask('GET', `/edge/presets/${preset}`)).status).toBe(200)
  })

  it('They are in no list, and an event of another hook cannot be replayed by a hook of the same key.', async () => {
    const [one, two] = [await rig.create('github', SECRETS), await rig.create('github', SECRETS)]
    await rig.send(one, githubComment(SECRETS.secret, { text: 'for the first hook' }))
    await until('the event is listed', async () => (await rig.events(one)).length === 1)
    const [event] = await rig.events(one)
    expect((await rig.ask('POST', `/edge/hooks/${two.id}/events/${event?.id}/replay`)).status).toBe(404)
    const { key: other } = await rig.gateway.issueKey({ hooks: true })
    for (const path of ['/edge/hooks', '/edge/presets', '/edge/jobs', '/edge/jobs/deliveries']) {
      expect((await json<{ data: unknown[] }>(await rig.ask('GET', path, undefined, other))).data).toEqual([])
    }
  })

  it('A list that names another key is refused, and one that names the own key is not.', async () => {
    const { id, key } = await rig.gateway.issueKey({ hooks: true })
    const { id: other } = await rig.gateway.issueKey({ hooks: true })
    for (const path of ['/edge/hooks', '/edge/presets', '/edge/jobs', '/edge/jobs/deliveries']) {
      const statuses = [id, other].map(
        async (named) => (await rig.ask('GET', `${path}?key=${named}`, undefined, key)).status,
      )
      expect([path, ...(await Promise.all(statuses))]).toEqual([path, 200, 403])
    }
  })

  it('A hook can use neither a preset nor an endpoint of another key.', async () => {
    const preset = await createPreset()
    const endpoint = await json<{ id: string }>(
      await rig.ask('POST', '/edge/jobs/endpoints', { url: 'https://app.example/hooks' }),
    )
    const { key: other } = await rig.gateway.issueKey({ hooks: true })
    const make = (fields: object) =>
      rig.ask('POST', '/edge/hooks', { name: 'x', kind: 'github', secrets: SECRETS, ...fields }, other)
    const prompt = { model: 'qwen-plus', user: 'u' }
    for (const [theirs, unknown] of [
      [{ preset }, { preset: UNKNOWN.preset }],
      [
        { prompt, deliver: endpoint.id },
        { prompt, deliver: `ep_${'0'.repeat(22)}` },
      ],
    ] as const) {
      const responses = [await bytesOf(await make(theirs)), await bytesOf(await make(unknown))]
      expect(responses[0]).toEqual(responses[1])
      expect(responses[0]?.[0]).toBe(400)
    }
    const own = await make({ prompt })
    const { id } = await json<{ id: string }>(own)
    expect((await rig.ask('PATCH', `/edge/hooks/${id}`, { prompt: null, preset }, other)).status).toBe(400)
  })
})
