import { describe, expect, it } from 'vitest'
import { dingtalkMessage } from '../../emulator/stand-ins/events/dingtalk.ts'
import { feishuMessage } from '../../emulator/stand-ins/events/feishu.ts'
import type { CardState } from '../../emulator/stand-ins/platforms.ts'
import { until } from '../harness/caller.ts'
import { useHooks } from './rig.ts'

const rig = useHooks()

const DINGTALK = { app_secret: 'a dingtalk secret', app_key: 'key1' }
const FEISHU = { encrypt_key: 'key', verification_token: 'token', app_id: 'cli_1', app_secret: 'secret' }
const STREAM = { stream: true, card_template: 'template.schema' }

/** Streams an echo of the question in pieces, with a pause after each. */
const SLOW = { model: 'fault-trickle-100', user: '{{event.text}}' }

async function cardWith(text: string): Promise<CardState> {
  const find = () =>
    [...rig.platforms.cards.values()].find(({ texts }) => texts.some((each) => each.includes(text)))
  await until(`a card with "${text}" is finished`, () => find()?.isFinished === true)
  return find() as CardState
}

/** Each text continues the one before. */
function expectGrowth(texts: readonly string[]): void {
  expect(texts.length).toBeGreaterThan(2)
  for (const [index, text] of texts.slice(1).entries()) expect(text.startsWith(texts[index] ?? '')).toBe(true)
}

describe('a streaming card', () => {
  it('A DingTalk card opens with the first text, grows and is finished once.', async () => {
    const hook = await rig.create('dingtalk', DINGTALK, { prompt: SLOW, reply: STREAM })
    await rig.send(
      hook,
      dingtalkMessage(DINGTALK.app_secret, { text: 'dingtalk grows with a rather long question' }),
    )
    const card = await cardWith('rather long question')
    expect(card).toMatchObject({ place: 'dtv1.card//IM_GROUP.cid1', isFinished: true, isError: false })
    expectGrowth(card.texts)
    expect(rig.platforms.messages.filter(({ text }) => text.includes('dingtalk grows'))).toEqual([])
    const finals = rig.platforms.calls.filter(({ body }) => body.isFinalize === true)
    expect(finals).toHaveLength(1)
  })

  it('A Feishu card replies to the message, mentions the person, and its sequence number rises.', async () => {
    const hook = await rig.create('feishu', FEISHU, { prompt: SLOW, reply: STREAM })
    await rig.send(
      hook,
      feishuMessage(FEISHU, { text: 'feishu grows with a rather long question', id: 'om_7' }),
    )
    const card = await cardWith('<at id=ou_1></at> You said: feishu grows with a rather long question')
    expect(card).toMatchObject({ place: 'om_7', isFinished: true })
    expectGrowth(card.texts)
    expect(rig.platforms.messages.filter(({ text }) => text.includes('feishu grows'))).toEqual([])
  })

  it('A card whose model fails in the middle shows the error text and is finished.', async () => {
    const prompt = { model: 'fault-mid-stream-500-InternalError', user: '{{event.text}}' }
    const reply = { ...STREAM, error_text: 'It broke, sorry.' }
    const hook = await rig.create('dingtalk', DINGTALK, { prompt, reply })
    await rig.send(hook, dingtalkMessage(DINGTALK.app_secret, { text: 'break off please' }))
    const card = await cardWith('It broke, sorry.')
    expect(card).toMatchObject({ isFinished: true, isError: true })
    expect(card.texts.at(-1)).toBe('It broke, sorry.')
  })

  it('A card that cannot be created is replaced by a message.', async () => {
    const hook = await rig.create('feishu', FEISHU, { prompt: SLOW, reply: STREAM })
    rig.platforms.next.push({ status: 200, body: { code: 99_991_672, msg: 'no scope cardkit:card:write' } })
    await rig.send(hook, feishuMessage(FEISHU, { text: 'no card for this' }))
    expect(await rig.written('no card for this')).toContain('You said: no card for this')
  })

  it('A card that the platform refuses to finish is followed by a message.', async () => {
    const hook = await rig.create('feishu', FEISHU, { prompt: SLOW, reply: STREAM })
    await rig.send(hook, feishuMessage(FEISHU, { text: 'closed early', id: 'om_9' }))
    // Closed by the platform while the model works, as after ten minutes.
    await until('the card is open', () => {
      const card = [...rig.platforms.cards.values()].find(({ place }) => place === 'om_9')
      if (card) card.isFinished = true
      return card !== undefined
    })
    await until('the reply is a message', () => rig.platforms.messages.some(({ place }) => place === 'om_9'))
  })

  it('A card needs what its platform asks for, and other platforms refuse it.', async () => {
    const make = (kind: string, secrets: object, reply: object) =>
      rig.ask('POST', '/edge/hooks', { name: 'x', kind, secrets, prompt: { model: 'm', user: 'u' }, reply })
    for (const [kind, secrets, reply, named] of [
      ['dingtalk', DINGTALK, { stream: true }, 'reply.card_template'],
      ['dingtalk', { app_secret: 's' }, STREAM, 'secrets.app_key'],
      ['feishu', { encrypt_key: 'k', verification_token: 't' }, { stream: true }, 'secrets.app_id'],
      ['slack', { signing_secret: 's' }, { stream: true }, 'reply.stream'],
    ] as const) {
      const response = await make(kind, secrets, reply)
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(named)])
    }
  })
})

describe('an acknowledging text', () => {
  it('The acknowledging text is written before the response.', async () => {
    const hook = await rig.create('dingtalk', DINGTALK, { reply: { ack_text: 'One moment, please.' } })
    await rig.send(hook, dingtalkMessage(DINGTALK.app_secret, { text: 'take your time' }))
    await rig.written('take your time')
    const texts = rig.platforms.messages.map(({ text }) => text)
    const ack = texts.findIndex((text) => text.includes('One moment, please.'))
    expect(ack).toBeGreaterThanOrEqual(0)
    expect(ack).toBeLessThan(texts.findIndex((text) => text.includes('take your time')))
  })
})
