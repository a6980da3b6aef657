import { REPLY_MARKER } from '../events/event.ts'
import { gitlabUpload } from '../events/picture-links.ts'
import { apiUrl, getRequest, jsonRequest, type Platform } from './platform.ts'

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
  // "Project Markdown uploads": members can read an upload by the API; its URL in the comment needs a browser
  // session.
  picture: async ({ source }, { event, settings, secrets }) => {
    const upload = gitlabUpload(source)
    const [, project] = /^(\d+)[#!]/.exec(event.chat.id) ?? []
    if (!upload || project === undefined || secrets.token === undefined) return undefined
    const path = `/api/v4/projects/${project}/uploads/${upload.secret}/${encodeURIComponent(decoded(upload.file))}`
    const headers = { 'private-token': secrets.token }
    return { request: getRequest(apiUrl('https://gitlab.com', path, settings), headers) }
  },
  failure: () => undefined,
  expiredTokenCodes: [],
}

/** Decodes a file name in a URL. */
function decoded(file: string): string {
  try {
    return decodeURIComponent(file)
  } catch {
    return file
  }
}
