import { isJsonObject } from '../../lib/json/object.ts'
import { textMember } from '../events/event.ts'
import { apiUrl, eventUrl, getRequest, jsonRequest, type Platform } from './platform.ts'

/** Slash commands and interactions are answered at their `response_url`, events with `chat.postMessage`. */
export const slack: Platform = {
  dialect: 'slack',
  maxBytes: 12_000,
  token: () => undefined,
  message: (text, { event, settings, secrets }) => {
    const mention =
      settings.mention && event.chat.type === 'group' && event.user.id ? `<@${event.user.id}> ` : ''
    const address = isJsonObject(event.raw) ? textMember(event.raw, 'response_url') : ''
    if (address !== '') {
      const url = eventUrl(address, ['slack.com'], settings)
      return url === undefined
        ? undefined
        : jsonRequest('POST', url, { response_type: 'in_channel', text: mention + text })
    }
    if (secrets.bot_token === undefined) return undefined
    const thread = settings.thread && event.thread ? { thread_ts: event.thread } : {}
    return jsonRequest(
      'POST',
      apiUrl('https://slack.com', '/api/chat.postMessage', settings),
      { channel: event.chat.id, text: mention + text, ...thread },
      { authorization: `Bearer ${secrets.bot_token}` },
    )
  },
  picture: async ({ source }, { settings, secrets }) => {
    const url = eventUrl(source, ['slack.com'], settings)
    if (url === undefined || secrets.bot_token === undefined) return undefined
    return { request: getRequest(url, { authorization: `Bearer ${secrets.bot_token}` }) }
  },
  failure: (response) => (response.ok === false ? textMember(response, 'error') || 'ok is false' : undefined),
  expiredTokenCodes: [],
}
