import { describe, expect, it } from 'vitest'
import {
  openPassiveReply,
  type WecomBotMessage,
  wecomBotMessage,
  wecomBotRefresh,
} from '../../emulator/stand-ins/events/wecom.ts'
import { until } from '../harness/caller.ts'
import { type CreatedHook, useHooks } from './rig.ts'

const rig = useHooks()

const BOT = { token: 'tok', encoding_aes_key: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' }

interface Stream {
  id: string
  finish: boolean
  content: string
}

async function streamIn(response: Response): Promise<Stream> {
  expect(response.status).toBe(200)
  const message = openPassiveReply(BOT, await response.text())
  expect(message.msgtype).toBe('stream')
  return message.stream as Stream
}

const say = async (hook: CreatedHook, message: WecomBotMessage) =>
  streamIn(await rig.send(hook, wecomBotMessage(BOT, message)))

const refresh = async (hook: CreatedHook, id: string) =>
  streamIn(await rig.send(hook, wecomBotRefresh(BOT, id)))

describe('Acceptance test 15: the stream of a WeCom AI bot', () => {
  it('The stream shows growing prefixes of the response and finishes once with all of it.', async () => {
    const prompt = { model: 'fault-trickle-100', user: '{{event.text}}' }
    const hook = await rig.create('wecom-bot', BOT, { prompt, reply: { ack_text: 'Thinking …' } })
    const first = await say(hook, { text: 'a question that is long enough to be cut into pieces', id: 'm1' })
    expect(first).toMatchObject({ finish: false, content: 'Thinking …' })
    const states = [first]
    await until('the stream has ended', async () => {
      states.push(await refresh(hook, first.id))
      return states.at(-1)?.finish === true
    })
    const texts = [...new Set(states.slice(1).map(({ content }) => content))].filter(
      (content) => content !== 'Thinking …',
    )
    expect(texts.length).toBeGreaterThan(2)
    for (const [index, text] of texts.slice(1).entries()) {
      expect(text.startsWith(texts[index] ?? '')).toBe(true)
    }
    expect(texts.at(-1)).toContain('a question that is long enough to be cut into pieces')
    expect(new Set(states.map(({ id }) => id)).size).toBe(1)
    // A message that WeCom sends again gets the state of the same stream.
    const again = await rig.send(hook, wecomBotMessage(BOT, { text: 'x', id: 'm1' }))
    expect(again.headers.get('x-edge-hook')).toBe('duplicate')
    expect(await streamIn(again)).toMatchObject({ id: first.id, finish: true, content: texts.at(-1) })
    expect(rig.platforms.messages).toEqual([])
  })

  it('The stream ends with the error text if the model fails.', async () => {
    const prompt = { model: 'fault-status-400-InvalidParameter', user: '{{event.text}}' }
    const hook = await rig.create('wecom-bot', BOT, { prompt, reply: { error_text: 'Not today.' } })
    const { id } = await say(hook, { text: 'fail' })
    let last: Stream | undefined
    await until('the stream has ended', async () => {
      last = await refresh(hook, id)
      return last.finish
    })
    expect(last?.content).toBe('Not today.')
  })

  it('A response is cut at 20,480 bytes, and the rest goes to the response_url of the message.', async () => {
    const hook = await rig.create('wecom-bot', BOT, {
      prompt: { model: 'qwen-plus', user: '{{event.text}}' },
    })
    const { id } = await say(hook, { text: '长'.repeat(8000), id: 'long1' })
    let last: Stream | undefined
    await until('the stream has ended', async () => {
      last = await refresh(hook, id)
      return last.finish
    })
    expect(Buffer.byteLength(last?.content ?? '')).toBeLessThanOrEqual(20_480)
    await until('the rest was written', () =>
      rig.platforms.messages.some(({ place }) => place === 'response long1'),
    )
    const rest = rig.platforms.messages.find(({ place }) => place === 'response long1')?.text ?? ''
    expect(`${last?.content}${rest}`.match(/长/g)).toHaveLength(8000)
  })

  it('The stream of another hook is not shown.', async () => {
    const [one, other] = [await rig.create('wecom-bot', BOT), await rig.create('wecom-bot', BOT)]
    const { id } = await say(one, { text: 'a secret of the first bot' })
    const state = await refresh(other, id)
    expect(state.finish).toBe(true)
    expect(state.content).not.toContain('secret')
    const unknown = await refresh(other, `job_${'0'.repeat(22)}`)
    expect(unknown.content).toBe(state.content)
  })
})
