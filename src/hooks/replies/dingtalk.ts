import { isJsonObject, type JsonObject, objectAt, objectsAt } from '../../lib/json/object.ts'
import { textMember } from '../events/event.ts'
import { dingtalkCards } from './dingtalk-card.ts'
import { apiUrl, eventUrl, getRequest, jsonRequest, type Platform, type ReplyContext } from './platform.ts'

const API = 'https://api.dingtalk.com'

/** Files sent to a robot are in Alibaba's object storage. */
const FILE_HOSTS = ['dingtalk.com', 'aliyuncs.com']

/** A reply must arrive before the session URL expires; with less time left, the robot API is used. */
const SESSION_MARGIN_MS = 60_000

/** DingTalk: the `sessionWebhook` of the message while it is valid, else the robot's API. */
export const dingtalk: Platform = {
  dialect: 'dingtalk',
  maxBytes: 18_000,
  token: (context) => {
    const { app_key, app_secret } = context.secrets
    if (app_key === undefined) return undefined
    return {
      request: jsonRequest('POST', apiUrl(API, '/v1.0/oauth2/accessToken', context.settings), {
        appKey: app_key,
        appSecret: app_secret,
      }),
      read: ({ accessToken, expireIn }) =>
        typeof accessToken === 'string' && typeof expireIn === 'number'
          ? { token: accessToken, expiresInSeconds: expireIn }
          : undefined,
    }
  },
  needsNoToken: (context) => sessionUrl(context) !== undefined,
  message: (text, context) => {
    const url = sessionUrl(context)
    return url === undefined
      ? robotMessage(text, context)
      : jsonRequest('POST', url, sessionMessage(text, context))
  },
  cards: dingtalkCards,
  // Exchanges a download code for the URL of a file, which needs no credential.
  picture: async ({ source }, context, ask) => {
    const { accessToken, settings, event } = context
    const robotCode = textMember(isJsonObject(event.raw) ? event.raw : {}, 'robotCode')
    if (accessToken === undefined || robotCode === '') return undefined
    const url = apiUrl(API, '/v1.0/robot/messageFiles/download', settings)
    const body = { downloadCode: source, robotCode }
    const said = await ask(jsonRequest('POST', url, body, { 'x-acs-dingtalk-access-token': accessToken }))
    const address = eventUrl(textMember(said, 'downloadUrl'), FILE_HOSTS, settings)
    return address === undefined ? undefined : { request: getRequest(address) }
  },
  failure: (response) => {
    const code = response.errcode ?? response.code
    if (code !== undefined && code !== 0)
      return `${textMember(response, 'errmsg') || textMember(response, 'message')} (${code})`
    // Delivery is reported per recipient; the request succeeds even if one fails.
    const failed = objectsAt(objectAt(response, 'result'), 'deliverResults').find(
      ({ success }) => success === false,
    )
    return failed && (textMember(failed, 'errorMsg') || 'The card was not delivered.')
  },
  expiredTokenCodes: [40_014, 'InvalidAuthentication'],
}

function sessionUrl({
  event,
  settings,
  nowMs,
}: Pick<ReplyContext, 'event' | 'settings' | 'nowMs'>): string | undefined {
  const raw: JsonObject = isJsonObject(event.raw) ? event.raw : {}
  const expiresMs = raw.sessionWebhookExpiredTime
  if (typeof expiresMs === 'number' && expiresMs < nowMs + SESSION_MARGIN_MS) return undefined
  return eventUrl(textMember(raw, 'sessionWebhook'), ['dingtalk.com'], settings)
}

/** The person is notified only if the id is in `at` and in the text. */
function sessionMessage(text: string, { event, settings }: ReplyContext): unknown {
  const isMention = settings.mention && event.chat.type === 'group' && event.user.id !== ''
  const written = isMention ? `@${event.user.id} ${text}` : text
  const at = isMention ? { at: { atUserIds: [event.user.id] } } : {}
  if (settings.format === 'text') return { msgtype: 'text', text: { content: written }, ...at }
  return { msgtype: 'markdown', markdown: { title: titleOf(text), text: written }, ...at }
}

function robotMessage(text: string, { event, settings, accessToken }: ReplyContext) {
  const robotCode = textMember(isJsonObject(event.raw) ? event.raw : {}, 'robotCode')
  if (accessToken === undefined || robotCode === '') return undefined
  const isGroup = event.chat.type === 'group'
  const content = { msgKey: 'sampleMarkdown', msgParam: JSON.stringify({ title: titleOf(text), text }) }
  return jsonRequest(
    'POST',
    apiUrl(API, isGroup ? '/v1.0/robot/groupMessages/send' : '/v1.0/robot/oToMessages/batchSend', settings),
    {
      robotCode,
      ...(isGroup ? { openConversationId: event.chat.id } : { userIds: [event.user.id] }),
      ...content,
    },
    { 'x-acs-dingtalk-access-token': accessToken },
  )
}

/** The title, which is shown in notifications and in the list of chats. */
function titleOf(text: string): string {
  const [line = ''] = text
    .replace(/[#*`>_]/g, '')
    .trim()
    .split('\n')
  return [...line].slice(0, 20).join('') || 'Qwen'
}
