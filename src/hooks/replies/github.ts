import { REPLY_MARKER } from '../events/event.ts'
import { apiUrl, jsonRequest, type Platform } from './platform.ts'

/** GitHub comments: REST API, "Create an issue comment" and "Create a reply for a review comment". */
export const github: Platform = {
  dialect: 'github',
  maxBytes: 60_000,
  token: () => undefined,
  message: (text, { event, settings, secrets }) => {
    const [, repository, number] = /^([\w.-]+\/[\w.-]+)#(\d+)$/.exec(event.chat.id) ?? []
    if (repository === undefined || secrets.token === undefined) return undefined
    const mention = settings.mention && event.user.id ? `@${event.user.id} ` : ''
    const path =
      settings.thread && event.thread
        ? `/repos/${repository}/pulls/${number}/comments/${event.thread}/replies`
        : `/repos/${repository}/issues/${number}/comments`
    return jsonRequest(
      'POST',
      apiUrl('https://api.github.com', path, settings),
      { body: `${mention}${text}\n\n${REPLY_MARKER}` },
      {
        authorization: `Bearer ${secrets.token}`,
        accept: 'application/vnd.github+json',
        'user-agent': 'dashscope-edge',
      },
    )
  },
  failure: () => undefined,
  expiredTokenCodes: [],
}
