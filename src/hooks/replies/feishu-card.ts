import { objectAt } from '../../lib/json/object.ts'
import { textMember } from '../events/event.ts'
import { apiUrl, type Card, type Cards, jsonRequest, type ReplyContext } from './platform.ts'

/** The id of the only element of the cards. */
const ELEMENT = 'answer'

/** A card of JSON 2.0 with one Markdown element, which renders tables and code. */
export function markdownCard(markdown: string, config?: Record<string, unknown>): unknown {
  return {
    schema: '2.0',
    ...(config && { config }),
    body: { elements: [{ tag: 'markdown', element_id: ELEMENT, content: markdown }] },
  }
}

/** The mention of a person in a card; the person is notified when the card is sent. */
export function cardMention({ event, settings }: Pick<ReplyContext, 'event' | 'settings'>): string {
  const isMention = settings.mention && event.chat.type === 'group' && event.user.id !== ''
  return isMention ? `<at id=${event.user.id}></at> ` : ''
}

/**
 * Streaming cards of CardKit ("create card", "stream the text of an element", "change the settings of a card"). The
 * numbers in `sequence` must increase; milliseconds since the card was created do, even across restarts.
 *
 * @param origin the platform's own origin.
 * @param send builds the request that replies with a message.
 */
export function cardsAt(
  origin: string,
  send: (content: unknown, context: ReplyContext) => ReturnType<typeof jsonRequest> | undefined,
): Cards {
  const cardUrl = ({ id }: Card, path: string, { settings }: ReplyContext) =>
    apiUrl(origin, `/open-apis/cardkit/v1/cards/${encodeURIComponent(id)}${path}`, settings)
  const auth = ({ accessToken = '' }: ReplyContext) => ({ authorization: `Bearer ${accessToken}` })

  const update: Cards['update'] = async (card, text, context, ask) => {
    const body = { content: cardMention(context) + text, sequence: sequenceOf(card, context) }
    await ask(jsonRequest('PUT', cardUrl(card, `/elements/${ELEMENT}/content`, context), body, auth(context)))
  }
  return {
    maxBytes: 28_000,
    open: async (text, context, ask) => {
      if (context.accessToken === undefined || context.event.reply_to === null) return undefined
      const card = markdownCard(cardMention(context) + text, { streaming_mode: true, update_multi: true })
      const url = apiUrl(origin, '/open-apis/cardkit/v1/cards', context.settings)
      const body = { type: 'card_json', data: JSON.stringify(card) }
      const id = textMember(
        objectAt(await ask(jsonRequest('POST', url, body, auth(context))), 'data'),
        'card_id',
      )
      const sent = id === '' ? undefined : send({ type: 'card', data: { card_id: id } }, context)
      if (!sent) return undefined
      await ask(sent)
      return id
    },
    update,
    finish: async (card, text, _isError, context, ask) => {
      await update(card, text, context, ask)
      const settings = JSON.stringify({ config: { streaming_mode: false } })
      const body = { settings, sequence: sequenceOf(card, context) + 1 }
      await ask(jsonRequest('PATCH', cardUrl(card, '/settings', context), body, auth(context)))
    },
  }
}

function sequenceOf({ openedMs }: Card, { nowMs }: ReplyContext): number {
  return Math.max(1, nowMs - openedMs)
}
