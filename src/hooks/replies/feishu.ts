import { textMember } from '../events/event.ts'
import { cardMention, cardsAt, markdownCard } from './feishu-card.ts'
import {
  apiUrl,
  getRequest,
  jsonRequest,
  type Platform,
  type PlatformRequest,
  type ReplyContext,
} from './platform.ts'

/** Feishu and Lark differ only in their origin. */
function platformAt(origin: string): Platform {
  /** Replies to the event's message; undefined without an access token or a message. */
  const reply = (
    type: 'text' | 'interactive',
    content: unknown,
    { event, settings, accessToken, messageId }: ReplyContext,
  ): PlatformRequest | undefined => {
    if (accessToken === undefined || event.reply_to === null) return undefined
    const path = `/open-apis/im/v1/messages/${encodeURIComponent(event.reply_to)}/reply`
    return jsonRequest(
      'POST',
      apiUrl(origin, path, settings),
      {
        msg_type: type,
        content: JSON.stringify(content),
        reply_in_thread: settings.thread && event.thread !== null,
        // The platform drops a second message with the same uuid within an hour.
        uuid: messageId.slice(0, 50),
      },
      { authorization: `Bearer ${accessToken}` },
    )
  }
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
    message: (text, context) => {
      if (context.settings.format !== 'text')
        return reply('interactive', markdownCard(cardMention(context) + text), context)
      const { event, settings } = context
      const isMention = settings.mention && event.chat.type === 'group' && event.user.id !== ''
      const mention = isMention ? `<at user_id="${event.user.id}"></at> ` : ''
      return reply('text', { text: mention + text }, context)
    },
    cards: cardsAt(origin, (content, context) => reply('interactive', content, context)),
    picture: async ({ source }, { event, settings, accessToken }) => {
      if (accessToken === undefined || event.reply_to === null || source === '') return undefined
      const message = encodeURIComponent(event.reply_to)
      const path = `/open-apis/im/v1/messages/${message}/resources/${encodeURIComponent(source)}?type=image`
      const headers = { authorization: `Bearer ${accessToken}` }
      return { request: getRequest(apiUrl(origin, path, settings), headers) }
    },
    failure: (response) =>
      response.code === 0 ? undefined : `${textMember(response, 'msg')} (${response.code})`,
    expiredTokenCodes: [99_991_663, 99_991_661, 99_991_668],
  }
}

export const feishu: Platform = platformAt('https://open.feishu.cn')
export const lark: Platform = platformAt('https://open.larksuite.com')
