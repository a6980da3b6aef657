import { isJsonObject } from '../../lib/json/object.ts'
import { textMember } from '../events/event.ts'
import { apiUrl, type Card, type Cards, jsonRequest, type ReplyContext } from './platform.ts'

const API = 'https://api.dingtalk.com'

/** The variable of the operator's template for the response. */
const ANSWER_KEY = 'content'

/**
 * Streaming AI cards of DingTalk ("create and deliver cards", "streaming updates of AI cards"). The template is the operator's
 * own; every value of `cardParamMap` is a string.
 */
export const dingtalkCards: Cards = {
  maxBytes: 18_000,
  open: async (text, context, ask) => {
    const { settings, accessToken, messageId, event } = context
    const robotCode = textMember(isJsonObject(event.raw) ? event.raw : {}, 'robotCode')
    if (accessToken === undefined || !settings.card_template || robotCode === '') return undefined
    const place =
      event.chat.type === 'group'
        ? {
            openSpaceId: `dtv1.card//IM_GROUP.${event.chat.id}`,
            imGroupOpenSpaceModel: { supportForward: true },
            imGroupOpenDeliverModel: { robotCode },
          }
        : {
            openSpaceId: `dtv1.card//IM_ROBOT.${event.user.id}`,
            imRobotOpenSpaceModel: { supportForward: true },
            imRobotOpenDeliverModel: { spaceType: 'IM_ROBOT', robotCode },
          }
    const card = {
      cardTemplateId: settings.card_template,
      outTrackId: messageId,
      callbackType: 'STREAM',
      cardData: { cardParamMap: { [ANSWER_KEY]: text } },
      userIdType: 1,
      ...place,
    }
    const url = apiUrl(API, '/v1.0/card/instances/createAndDeliver', settings)
    await ask(jsonRequest('POST', url, card, tokenHeader(context)))
    return messageId
  },
  update: async (card, text, context, ask) => {
    await ask(streamRequest(card, text, { isFinalize: false, isError: false }, context))
  },
  finish: async (card, text, isError, context, ask) => {
    await ask(streamRequest(card, text, { isFinalize: true, isError }, context))
  },
}

function streamRequest(
  { id }: Card,
  content: string,
  state: { isFinalize: boolean; isError: boolean },
  context: ReplyContext,
) {
  const body = {
    outTrackId: id,
    guid: crypto.randomUUID(),
    key: ANSWER_KEY,
    content,
    isFull: true,
    ...state,
  }
  const url = apiUrl(API, '/v1.0/card/streaming', context.settings)
  return jsonRequest('PUT', url, body, tokenHeader(context))
}

function tokenHeader({ accessToken = '' }: ReplyContext): Record<string, string> {
  return { 'x-acs-dingtalk-access-token': accessToken }
}
