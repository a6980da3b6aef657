import { describe, expect, it } from 'vitest'
import { message, session } from './reply.ts'

describe('Acceptance test 9: URLs that come with an event', () => {
  it.each([
    'https://evil.example/robot',
    'https://oapi.dingtalk.com.evil.example/robot',
    'https://oapi.dingtalk.com@evil.example/robot',
    'http://oapi.dingtalk.com/robot',
    'https://oapi.dingtalk.com:8443/robot',
    'https://127.0.0.1/robot',
    'not an address',
  ])('The URL %s is refused, even if the hook replaces the origin.', (sessionWebhook) => {
    const settings = { format: 'markdown', thread: true, mention: true, card_template: null } as const
    for (const base_url of [null, 'http://127.0.0.1:9000']) {
      const change = { settings: { ...settings, base_url } }
      expect(message('dingtalk', { raw: { ...session, sessionWebhook } }, change)).toBeUndefined()
      expect(message('slack', { raw: { response_url: sessionWebhook } }, change)).toBeUndefined()
      expect(message('wecom-bot', { raw: { response_url: sessionWebhook } }, change)).toBeUndefined()
    }
  })

  it('A base_url replaces only the origin.', () => {
    const settings = {
      format: 'markdown',
      thread: true,
      mention: false,
      base_url: 'http://127.0.0.1:9000/',
      card_template: null,
    } as const
    expect(message('dingtalk', { raw: session }, { settings })).toMatchObject({
      url: 'http://127.0.0.1:9000/robot/sendBySession?session=s',
    })
  })
})
