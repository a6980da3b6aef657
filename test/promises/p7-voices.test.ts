import { describe, expect, it } from 'vitest'
import { ask, json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'
import { isTaskEvent, openSocket, runSynthesis } from '../realtime/socket.ts'

const rig = useOwnGateway()
const VOICES = '/api/v1/services/audio/tts/customization'
const WORDS = '/api/v1/services/audio/asr/customization'
const TARGET = 'cosyvoice-v3-flash'

/** Each kind of customization: its path, model, member of the id, and the end of its actions. */
const KINDS = [
  [VOICES, 'voice-enrollment', 'voice_id', '_voice', 'voice_list'],
  [VOICES, 'qwen-voice-enrollment', 'voice', '', 'voice_list'],
  [WORDS, 'speech-biasing', 'vocabulary_id', '_vocabulary', 'vocabulary_list'],
] as const

const send = (key: string, path: string, model: string, input: object) =>
  ask({ address: rig.gateway.address, key, path, body: { model, input } })

async function keys(): Promise<[owner: string, other: string]> {
  return [(await rig.gateway.issueKey()).key, (await rig.gateway.issueKey()).key]
}

describe.each(KINDS)('P7 at %s with %s', (path, model, member, noun, list) => {
  async function create(key: string): Promise<string> {
    const response = await send(key, path, model, {
      action: `create${noun}`,
      target_model: TARGET,
      prefix: 'p',
    })
    expect(response.status).toBe(200)
    const { output } = await json<{ output: Record<string, string> }>(response)
    return output[member] ?? expect.unreachable()
  }

  it('An id that the key made does not cover for one that no key made.', async () => {
    const [owner] = await keys()
    const id = await create(owner)
    const before = (await rig.gateway.calls()).length
    const other = member === 'voice' ? 'voice_id' : 'voice'
    const inputs = [
      { [member]: [id, 'legacy-1'] },
      { [member]: { id } },
      { [member]: '' },
      {},
      ...(member === 'vocabulary_id' ? [] : [{ [member]: id, [other]: 'legacy-1' }]),
    ]
    for (const verb of ['query', 'update', 'delete']) {
      for (const input of inputs) {
        const response = await send(owner, path, model, { action: verb + noun, ...input })
        expect(response.status, JSON.stringify(input)).toBe(404)
      }
    }
    expect((await rig.gateway.calls()).length).toBe(before)
  })

  it.each([
    [{ page_index: -1, page_size: 2 }],
    [{ page_index: 'x', page_size: 1e9 }],
    [{ page_index: 0.5, page_size: 0 }],
    [{ page_index: null, page_size: [] }],
  ])('A list with %j has what the key made.', async (pages) => {
    const [owner] = await keys()
    const id = await create(owner)
    const response = await send(owner, path, model, { action: `list${noun}`, ...pages })
    expect(response.status).toBe(200)
    const { output } = await json<{ output: Record<string, Record<string, string>[]> }>(response)
    expect(output[list]?.map((row) => row[member])).toEqual([id])
  })

  it('Only the key that made a voice may look at, change and delete it.', async () => {
    const [owner, other] = await keys()
    const id = await create(owner)
    for (const verb of ['query', 'update', 'delete']) {
      const before = (await rig.gateway.calls()).length
      const refused = await send(other, path, model, { action: verb + noun, [member]: id })
      expect(refused.status).toBe(404)
      const unknown = await send(other, path, model, { action: verb + noun, [member]: `${id}x` })
      const bodies = await Promise.all([refused, unknown].map((each) => json<{ message: string }>(each)))
      expect(bodies[1]?.message.replace(`${id}x`, id)).toBe(bodies[0]?.message)
      expect((await rig.gateway.calls()).length).toBe(before)
    }
    expect((await send(owner, path, model, { action: `query${noun}`, [member]: id })).status).toBe(200)
    expect((await send(owner, path, model, { action: `delete${noun}`, [member]: id })).status).toBe(200)
    expect((await send(owner, path, model, { action: `query${noun}`, [member]: id })).status).toBe(404)
  })

  it('A list has only the voices of the key, in pages and with a total of its own.', async () => {
    const [owner, other] = await keys()
    const made = [await create(owner), await create(owner), await create(owner)]
    await create(other)
    const page = async (key: string, page_index: number, page_size: number) =>
      (
        await json<{ output: Record<string, Record<string, string>[]> & { total_count: number } }>(
          await send(key, path, model, { action: `list${noun}`, page_index, page_size }),
        )
      ).output
    const [first, second] = [await page(owner, 0, 2), await page(owner, 1, 2)]
    const ids = [first, second].flatMap((each) => each[list] ?? []).map((row) => row[member])
    expect(ids.toSorted()).toEqual(made.toSorted())
    expect([first[list]?.length, second[list]?.length, first.total_count]).toEqual([2, 1, 3])
    expect((await page(other, 0, 10)).total_count).toBe(1)
  })

  it.each([
    ['no action', {}],
    ['an unknown action', { action: 'copy_voice' }],
    ['an action in capitals', { action: `LIST${noun}` }],
    ['an action that is not a text', { action: ['list_voice'] }],
  ])('A body with %s is refused.', async (_, input) => {
    const before = (await rig.gateway.calls()).length
    expect((await send(rig.key, path, model, input)).status).toBe(400)
    expect((await rig.gateway.calls()).length).toBe(before)
  })

  it('A repeated action is refused, and so is an encrypted input.', async () => {
    const before = (await rig.gateway.calls()).length
    const body = `{"model":"${model}","input":{"action":"list${noun}","\\u0061ction":"create${noun}"}}`
    expect((await ask({ address: rig.gateway.address, key: rig.key, path, body })).status).toBe(400)
    const encrypted = { model, input: 'cipher' }
    expect((await ask({ address: rig.gateway.address, key: rig.key, path, body: encrypted })).status).toBe(
      400,
    )
    expect((await rig.gateway.calls()).length).toBe(before)
  })

  it('The model that the voice is for is checked as well.', async () => {
    const { key } = await rig.gateway.issueKey({ models: [model] })
    const refused = await send(key, path, model, { action: `create${noun}`, target_model: TARGET })
    expect(refused.status).toBe(403)
  })
})

describe('P7 a voice', () => {
  it('Only the key that made a voice may speak with it, over HTTP and over a WebSocket.', async () => {
    const [owner, other] = await keys()
    const made = await send(owner, VOICES, 'voice-enrollment', {
      action: 'create_voice',
      target_model: TARGET,
    })
    const { output } = await json<{ output: { voice_id: string } }>(made)
    const voice = output.voice_id
    const speak = (key: string, name: string) =>
      ask({
        address: rig.gateway.address,
        key,
        path: '/api/v1/services/audio/tts/SpeechSynthesizer',
        body: { model: TARGET, input: { text: 'Hello.', voice: name } },
      })
    expect((await speak(owner, voice)).status).toBe(200)
    expect((await speak(other, voice)).status).toBe(404)
    expect((await speak(other, voice.toUpperCase())).status).toBe(404)
    expect((await speak(other, 'longanyang')).status).toBe(200)
    for (const [key, event] of [
      [owner, 'task-started'],
      [other, 'task-failed'],
    ] as const) {
      const socket = await openSocket(`${rig.gateway.address}/api-ws/v1/inference`, {
        headers: { authorization: `Bearer ${key}` },
      })
      socket.send(runSynthesis('t1', TARGET, { voice }))
      const first = await socket.until((message) => message.header !== undefined)
      expect(isTaskEvent(event)(first), JSON.stringify(first)).toBe(true)
      socket.close()
    }
  })

  it('A voice is billed when it is made, and lists cost nothing.', async () => {
    const { id, key } = await rig.gateway.issueKey()
    await send(key, VOICES, 'voice-enrollment', { action: 'create_voice', target_model: TARGET })
    await send(key, VOICES, 'voice-enrollment', { action: 'list_voice' })
    const usage = async () => {
      const response = await fetch(`${rig.gateway.address}/edge/usage?key=${id}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      })
      return (await json<{ total: Record<string, number> }>(response)).total
    }
    await until('both are counted', async () => (await usage()).requests === 2)
    expect(await usage()).toMatchObject({ tool_calls: 1 })
  })

  it('A voice cannot be made by a job, whose response has no owner.', async () => {
    const response = await ask({
      address: rig.gateway.address,
      key: rig.key,
      path: VOICES,
      body: { model: 'voice-enrollment', input: { action: 'create_voice', target_model: TARGET } },
      headers: { prefer: 'respond-async' },
    })
    expect(response.status).toBe(400)
  })
})
