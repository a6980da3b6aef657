import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, json, MESSAGES, messagesBody, until } from '../harness/caller.ts'
import { useJobs } from '../jobs/rig.ts'

const V1 = '/compatible-mode/v1'
const rig = useJobs({}, { user_from: 'body', user_limits: { requests_per_minute: 2 } })

/** The end users in the request log of the key. */
async function loggedUsers(): Promise<unknown[]> {
  const { rows } = await json<{ rows: { user?: string }[] }>(await rig.ask('GET', '/edge/requests'))
  return rows.map(({ user }) => user)
}

describe('a key whose bodies name the end user', () => {
  it.each<[string, string, object]>([
    ['chat', CHAT, chatBody('qwen-plus', 'a')],
    ['responses', `${V1}/responses`, { model: 'qwen-plus', input: 'a' }],
    ['embeddings', `${V1}/embeddings`, { model: 'text-embedding-v4', input: 'a' }],
    ['images', `${V1}/images/generations`, { model: 'qwen-image', prompt: 'a' }],
    ['speech', `${V1}/audio/speech`, { model: 'qwen3-tts-flash', voice: 'Cherry', input: 'a' }],
  ])('At %s the limits and the log are those of the user.', async (name, path, body) => {
    const send = async (user: string) => (await rig.ask('POST', path, { ...body, user })).status
    const ann = `ann-${name}`
    expect([await send(ann), await send(ann), await send(ann), await send(`bob-${name}`)]).toEqual([
      ...[200, 200, 429, 200],
    ])
    await until('the log has the user', async () => (await loggedUsers()).includes(`body:${ann}`))
  })

  it('In the Anthropic dialect metadata.user_id names the user, and in a form the field does.', async () => {
    const named = messagesBody('qwen-plus', 'a', { metadata: { user_id: 'ann-messages' } })
    expect((await rig.ask('POST', MESSAGES, named)).status).toBe(200)
    const form = new FormData()
    for (const [name, value] of [
      ['model', 'qwen3-asr-flash'],
      ['user', 'ann-form'],
    ] as const)
      form.append(name, value)
    form.append('file', new File([new Uint8Array([82, 73, 70, 70])], 'hello.wav', { type: 'audio/wav' }))
    const headers = { authorization: `Bearer ${rig.key}` }
    const path = `${rig.gateway.address}${V1}/audio/transcriptions`
    expect((await fetch(path, { method: 'POST', headers, body: form })).status).toBe(200)
    await until('both are in the log', async () => {
      const users = await loggedUsers()
      return users.includes('body:ann-messages') && users.includes('body:ann-form')
    })
  })

  it('A job belongs to the user that its request names.', async () => {
    const body = chatBody('qwen-plus', 'job', { user: 'ann-job' })
    const response = await rig.ask('POST', '/edge/jobs', { request: { path: CHAT, body } })
    expect(response.status).toBe(202)
    await rig.ended((await json<{ id: string }>(response)).id)
    await until('the log has the user', async () => (await loggedUsers()).includes('body:ann-job'))
  })

  it("A session token's own user is not replaced.", async () => {
    const minted = await rig.ask('POST', '/edge/tokens', { user: 'carl' })
    const { token } = await json<{ token: string }>(minted)
    const body = chatBody('qwen-plus', 'token', { user: 'ann-token' })
    expect((await rig.askAs(token, 'POST', CHAT, body)).status).toBe(200)
    await until('the log has the user', async () => (await loggedUsers()).includes('carl'))
    expect(await loggedUsers()).not.toContain('body:ann-token')
  })
})
