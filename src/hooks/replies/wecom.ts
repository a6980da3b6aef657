import { isJsonObject } from '../../lib/json/object.ts'
import { textMember } from '../events/event.ts'
import { decryptFile } from '../verify/wecom.ts'
import { apiUrl, eventUrl, getRequest, jsonRequest, type Platform } from './platform.ts'

const API = 'https://qyapi.weixin.qq.com'

function failure(response: Record<string, unknown>): string | undefined {
  const { errcode } = response
  return errcode === undefined || errcode === 0 ? undefined : `${textMember(response, 'errmsg')} (${errcode})`
}

/**
 * An app of WeCom: `message/send`. The platform responds with 60020 unless the gateway's IP address is trusted by the
 * app.
 */
export const wecom: Platform = {
  dialect: 'wecom',
  maxBytes: 2048,
  token: ({ secrets, settings }) => {
    const { corp_id, corp_secret } = secrets
    if (corp_id === undefined || corp_secret === undefined) return undefined
    const query = new URLSearchParams({ corpid: corp_id, corpsecret: corp_secret })
    return {
      request: getRequest(apiUrl(API, `/cgi-bin/gettoken?${query}`, settings)),
      read: ({ access_token, expires_in }) =>
        typeof access_token === 'string' && typeof expires_in === 'number'
          ? { token: access_token, expiresInSeconds: expires_in }
          : undefined,
    }
  },
  message: (text, { event, settings, secrets, accessToken }) => {
    const agentid = Number(secrets.agent_id)
    if (accessToken === undefined || !Number.isInteger(agentid)) return undefined
    const query = new URLSearchParams({ access_token: accessToken })
    const content =
      settings.format === 'text'
        ? { msgtype: 'text', text: { content: text } }
        : { msgtype: 'markdown', markdown: { content: text } }
    return jsonRequest('POST', apiUrl(API, `/cgi-bin/message/send?${query}`, settings), {
      touser: event.user.id,
      agentid,
      ...content,
    })
  },
  picture: async ({ source }, { event, settings, accessToken }) => {
    const media = isJsonObject(event.raw) ? textMember(event.raw, 'MediaId') : ''
    if (accessToken !== undefined && media !== '') {
      const query = new URLSearchParams({ access_token: accessToken, media_id: media })
      return { request: getRequest(apiUrl(API, `/cgi-bin/media/get?${query}`, settings)) }
    }
    // A preview can be read without the app's secret.
    const url = eventUrl(source.replace(/^http:/, 'https:'), ['qpic.cn'], settings)
    return url === undefined ? undefined : { request: getRequest(url) }
  },
  failure,
  expiredTokenCodes: [40_014, 42_001],
}

/**
 * An AI bot of WeCom: the `response_url` of the message works once and for an hour; streams are answered in the
 * callback itself.
 */
export const wecomBot: Platform = {
  dialect: 'wecom',
  maxBytes: 20_480,
  maxMessages: 1,
  token: () => undefined,
  message: (text, { event, settings }) => {
    const address = isJsonObject(event.raw) ? textMember(event.raw, 'response_url') : ''
    const url = eventUrl(address, ['weixin.qq.com'], settings)
    if (url === undefined) return undefined
    return jsonRequest('POST', url, { msgtype: 'markdown', markdown: { content: text } })
  },
  // The file is encrypted with the bot's own key (message page, "picture"); its URL works for five minutes.
  picture: async ({ source }, { settings, secrets }) => {
    const url = eventUrl(source, ['myqcloud.com', 'qq.com'], settings)
    if (url === undefined) return undefined
    return {
      request: getRequest(url),
      decrypt: (bytes) => decryptFile(bytes, secrets.encoding_aes_key ?? ''),
    }
  },
  failure,
  expiredTokenCodes: [],
}
