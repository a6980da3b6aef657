import { textAt } from '../events/event.ts'
import { apiUrl, jsonRequest, type Platform } from './platform.ts'

/** Feishu and Lark differ by their origin only. */
function platformAt(origin: string): Platform {
  return {
    dialect: 'feishu',
    maxBytes: 28_000,
    token: ({ secrets, settings }) => {
      const { app_id, app_secret } = secrets
      if (app_id === undefined || app_secret === undefined) return undefined
      const url = apiUrl(origin, '/open-apis/auth/v3/tenant_access_token/internal', settings)
      return {
        request: jsonRequest('POST', url, { app_id, app_secret }),
        read: ({ tenant_access_token, expire }) =>
          typeof tenant_access_token === 'string' && typeof expire === 'number'
            ? { token: tenant_access_token, expiresInSeconds: expire }
            : undefined,
      }
    },
    message: (text, { event, settings, accessToken, messageId }) => {
      if (accessToken === undefined || event.reply_to === null) return undefined
      const path = `/open-apis/im/v1/messages/${encodeURIComponent(event.reply_to)}/reply`
      const isGroup = event.chat.type === 'group'
      const mention = settings.mention && isGroup && event.user.id !== ''
      const written =
        settings.format === 'text'
          ? {
              msg_type: 'text',
              content: { text: mention ? `<at user_id="${event.user.id}"></at> ${text}` : text },
            }
          : {
              msg_type: 'interactive',
              content: card(mention ? `<at id=${event.user.id}></at> ${text}` : text),
            }
      return jsonRequest(
        'POST',
        apiUrl(origin, path, settings),
        {
          msg_type: written.msg_type,
          content: JSON.stringify(written.content),
          reply_in_thread: settings.thread && event.thread !== null,
          // The platform drops a second message with the same uuid within an hour.
          uuid: messageId.slice(0, 50),
        },
        { authorization: `Bearer ${accessToken}` },
      )
    },
    failure: (response) =>
      response.code === 0 ? undefined : `${textAt(response, 'msg')} (${response.code})`,
    expiredTokenCodes: [99_991_663, 99_991_661, 99_991_668],
  }
}

/** A card of JSON 2.0 with one Markdown element, which renders tables and code. */
export function card(markdown: string): unknown {
  return { schema: '2.0', body: { elements: [{ tag: 'markdown', element_id: 'answer', content: markdown }] } }
}

export const feishu: Platform = platformAt('https://open.feishu.cn')
export const lark: Platform = platformAt('https://open.larksuite.com')
