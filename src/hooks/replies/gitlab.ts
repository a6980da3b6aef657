import { REPLY_MARKER } from '../events/event.ts'
import { apiUrl, jsonRequest, type Platform } from './platform.ts'

/** GitLab notes: Notes and Discussions API. */
export const gitlab: Platform = {
  dialect: 'github',
  maxBytes: 500_000,
  token: () => undefined,
  message: (text, { event, settings, secrets }) => {
    const [, project, mark, iid] = /^(\d+)([#!])(\d+)$/.exec(event.chat.id) ?? []
    if (project === undefined || secrets.token === undefined) return undefined
    const subject = `/api/v4/projects/${project}/${mark === '!' ? 'merge_requests' : 'issues'}/${iid}`
    const isThread = settings.thread && event.thread !== null && /^\w+$/.test(event.thread)
    const path = isThread ? `${subject}/discussions/${event.thread}/notes` : `${subject}/notes`
    const mention = settings.mention && event.user.id ? `@${event.user.id} ` : ''
    return jsonRequest(
      'POST',
      apiUrl('https://gitlab.com', path, settings),
      { body: `${mention}${text}\n\n${REPLY_MARKER}` },
      { 'private-token': secrets.token },
    )
  },
  failure: () => undefined,
  expiredTokenCodes: [],
}
