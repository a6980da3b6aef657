import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, json, MESSAGES, messagesBody } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const ALIASES = { 'gpt-4o': 'qwen-plus', 'qwen-max': 'qwen-flash' }

async function issue(fields: Record<string, unknown>): Promise<{ id: string; key: string }> {
  return gateway.issueKey(fields)
}

async function write(
  method: string,
  path: string,
  fields: object,
): Promise<{ status: number; message: string }> {
  const response = await fetch(gateway.address + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  })
  const { message = '' } = await json<{ message?: string }>(response)
  return { status: response.status, message }
}

function post(key: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  return ask({ address: gateway.address, key, path, body, headers })
}

describe('An alias', () => {
  it('Only the value of "model" in the body is replaced, and the response names the model.', async () => {
    const { key } = await issue({ aliases: ALIASES })
    const body =
      '{ "stream" : false,"mod\\u0065l":"gpt-4o" , "messages":[{"role":"user","content":"gpt-4o 1.0"}],"seed":1e2}'
    const response = await post(key, CHAT, body, { 'cache-control': 'no-store' })
    expect(response.status, await response.clone().text()).toBe(200)
    expect(response.headers.get('x-edge-model')).toBe('qwen-plus')
    expect((await gateway.calls()).at(-1)?.body).toBe(body.replace('"gpt-4o" ,', '"qwen-plus" ,'))
  })

  it('An alias works in the Anthropic dialect, takes precedence over a model of its name, and is resolved once.', async () => {
    const { key } = await issue({ aliases: { 'qwen-max': 'qwen-plus', 'qwen-plus': 'qwen-flash' } })
    const response = await post(key, MESSAGES, messagesBody('qwen-max', 'hello'))
    expect(response.headers.get('x-edge-model')).toBe('qwen-plus')
    expect((await post(key, MESSAGES, messagesBody('qwen-plus', 'hello'))).headers.get('x-edge-model')).toBe(
      'qwen-flash',
    )
  })

  it('An alias shares the cache entry of its model, and a hit names the model too.', async () => {
    const { key } = await issue({ aliases: ALIASES })
    await (await post(key, CHAT, chatBody('qwen-plus', 'the same question'))).text()
    const hit = await post(key, CHAT, chatBody('gpt-4o', 'the same question'))
    expect(hit.headers.get('cache-status')).toContain('hit')
    expect(hit.headers.get('x-edge-model')).toBe('qwen-plus')
  })

  it.each([
    ['a\r\nSet-Cookie: b=c', 'a%0D%0ASet-Cookie: b=c'],
    ['a\u0000b', 'a%00b'],
    ['qwen-\u4e2d', 'qwen-%E4%B8%AD'],
    ['\ud800', '%EF%BF%BD'],
  ])('A model %j that cannot be sent in a header is named in percent encoding.', async (model, header) => {
    const { key } = await issue({ aliases: ALIASES })
    const response = await post(key, CHAT, chatBody(model, 'hello'))
    expect([response.status, response.headers.get('x-edge-model')]).toEqual([404, header])
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it('Keys without aliases and fallbacks get no header.', async () => {
    const { key } = await issue({})
    expect((await post(key, CHAT, chatBody('qwen-plus', 'hello'))).headers.get('x-edge-model')).toBeNull()
  })

  it('An alias is checked by its target: a model that the key may not use is refused under any name.', async () => {
    const { key } = await issue({ models: ['qwen-plus'], aliases: { 'gpt-4o': 'qwen-plus' } })
    expect((await post(key, CHAT, chatBody('gpt-4o', 'hello'))).status).toBe(200)
    expect((await post(key, CHAT, chatBody('gpt-4', 'hello'))).status).toBe(403)
  })

  it('A body in which "model" is repeated is refused, even for a key with fallbacks only.', async () => {
    const body = '{"model":"gpt-4o","model":"qwen-max","messages":[{"role":"user","content":"x"}]}'
    for (const fields of [{ aliases: ALIASES }, { fallbacks: { 'qwen-max': ['qwen-plus'] } }]) {
      const { key } = await issue(fields)
      expect((await post(key, CHAT, body)).status).toBe(400)
    }
  })
})

describe('A session token of a key with aliases', () => {
  it('The token is narrowed and frozen by the models that the aliases resolve to.', async () => {
    const { key } = await issue({ models: ['qwen-plus'], aliases: { 'gpt-4o': 'qwen-plus' } })
    for (const fields of [{ models: ['gpt-4o'] }, { frozen: { model: 'gpt-4o' } }]) {
      const { token } = await json<{ token: string }>(await post(key, '/edge/tokens', fields))
      expect((await post(token, CHAT, chatBody('gpt-4o', 'hello'))).headers.get('x-edge-model')).toBe(
        'qwen-plus',
      )
      expect((await post(token, CHAT, chatBody('qwen-plus', 'hello'))).status).toBe(200)
      expect((await post(token, CHAT, chatBody('qwen-max', 'hello'))).status).toBe(403)
    }
  })
})

describe('writing aliases, fallbacks and alerts', () => {
  it.each([
    [
      { models: ['qwen-plus'], aliases: { a: 'qwen-max' } },
      /^aliases\.a: expected a model that the key's "models" allow/,
    ],
    [{ models: ['qwen-*'], fallbacks: { 'qwen-max': ['qwen-plus', 'other'] } }, /^fallbacks\.qwen-max\[1\]/],
    [{ aliases: { 'gpt-*': 'qwen-max' } }, /^aliases: expected at most 100 names of models/],
    [{ aliases: { a: 'qwen-*' } }, /^aliases\.a: expected the name of one model/],
    [{ aliases: ['a'] }, /^aliases: expected an object/],
    [{ fallbacks: { a: [] } }, /^fallbacks\.a: expected 1 to 100 entries/],
    [{ fallbacks: { a: ['b', 'a'] } }, /^fallbacks: expected each model at most once in a chain/],
    [{ fallbacks: { a: ['b', 'c', 'd', 'e', 'f', 'g'] } }, /^fallbacks\.a: expected at most 5 fallbacks/],
    [{ user_from: 'header' }, /^user_from: expected "body"/],
    [{ disabled: 'yes' }, /^disabled: expected true or false/],
    [{ jobs: true }, /^jobs: expected/],
    [{ alerts: { percent: [50] } }, /^alerts: the key has no budget/],
    [
      { limits: { tokens_per_day: 1 }, alerts: { percent: [0] } },
      /^alerts\.percent\[0\]: expected a whole number from 1/,
    ],
    [
      { limits: { tokens_per_day: 1 }, alerts: { percent: [50, 50] } },
      /^alerts\.percent: expected 1 to 5 different/,
    ],
  ])('The fields %j are refused.', async (fields, message) => {
    expect(await write('POST', '/edge/keys', { name: 'n', ...fields })).toMatchObject({
      status: 400,
      message: expect.stringMatching(message),
    })
  })

  it('A later change of "models" is checked against both.', async () => {
    const { id } = await issue({ aliases: { a: 'qwen-max' } })
    expect((await write('PATCH', `/edge/keys/${id}`, { models: ['qwen-plus'] })).message).toMatch(
      /^aliases\.a/,
    )
    expect((await write('PATCH', `/edge/keys/${id}`, { models: ['qwen-plus'], aliases: null })).status).toBe(
      200,
    )
  })

  it('Every field is accepted and returned.', async () => {
    const fields = {
      aliases: ALIASES,
      fallbacks: { 'qwen-max': ['qwen-plus'] },
      user_from: 'body',
      jobs: { open: 5 },
      hooks: true,
      limits: { money_per_month: 10 },
      alerts: { percent: [50, 80, 100] },
    }
    const { id } = await issue(fields)
    const response = await fetch(`${gateway.address}/edge/keys/${id}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    })
    expect(await response.json()).toMatchObject(fields)
  })
})

describe('GET /compatible-mode/v1/models', () => {
  async function list(fields: Record<string, unknown>): Promise<{ id: string; owned_by: string }[]> {
    const { key } = await issue(fields)
    const response = await fetch(`${gateway.address}/compatible-mode/v1/models`, {
      headers: { authorization: `Bearer ${key}` },
    })
    return (await json<{ data: { id: string; owned_by: string }[] }>(response)).data
  }

  it('The list has the models that the key may use and its aliases.', async () => {
    const all = await list({})
    expect(all.length).toBeGreaterThan(2)
    const some = await list({ models: ['qwen-plus', 'qwen-max'], aliases: { 'gpt-4o': 'qwen-plus' } })
    expect(some.map(({ id }) => id).sort()).toEqual(
      [...all.map(({ id }) => id).filter((id) => ['qwen-plus', 'qwen-max'].includes(id)), 'gpt-4o'].sort(),
    )
    expect(some.find(({ id }) => id === 'gpt-4o')?.owned_by).toBe('alias')
  })

  it('The list has an alias in place of the model that it hides.', async () => {
    const [row, ...others] = (await list({ aliases: { 'qwen-plus': 'qwen-flash' } })).filter(
      ({ id }) => id === 'qwen-plus',
    )
    expect(row?.owned_by).toBe('alias')
    expect(others).toEqual([])
  })
})

describe('A disabled key', () => {
  it('The key is refused with a 401 that says so until it is enabled again.', async () => {
    const { id, key } = await issue({ disabled: true })
    const refused = await post(key, CHAT, chatBody('qwen-plus', 'hello'))
    expect(refused.status).toBe(401)
    expect(await refused.text()).toContain('is disabled')
    expect((await write('PATCH', `/edge/keys/${id}`, { disabled: false })).status).toBe(200)
    expect((await post(key, CHAT, chatBody('qwen-plus', 'hello'))).status).toBe(200)
  })
})

it('A session token of the key is refused until the key is enabled again.', async () => {
  const { id, key } = await issue({})
  const { token } = await json<{ token: string }>(await post(key, '/edge/tokens', {}))
  const call = async () => (await post(token, CHAT, chatBody('qwen-plus', 'hello'))).status
  expect(await call()).toBe(200)
  await write('PATCH', `/edge/keys/${id}`, { disabled: true })
  expect(await call()).toBe(401)
  expect((await post(key, '/edge/tokens', {})).status).toBe(401)
  await write('PATCH', `/edge/keys/${id}`, { disabled: null })
  expect(await call()).toBe(200)
})
