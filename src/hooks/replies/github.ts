import { REPLY_MARKER } from '../events/event.ts'
import { isGithubUpload } from '../events/picture-links.ts'
import { apiUrl, eventUrl, getRequest, jsonRequest, type Platform } from './platform.ts'

/** The hosts where GitHub stores uploads to comments, under signed URLs that expire after minutes. */
const STORAGE_HOSTS = ['s3.amazonaws.com', 'githubusercontent.com']

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
  picture: async ({ source }, { settings, secrets }) => {
    const url = isGithubUpload(source)
      ? eventUrl(source, ['github.com', 'githubusercontent.com'], settings)
      : undefined
    if (url === undefined) return undefined
    // The files of private repositories need the token, which must not be sent to the storage host.
    const isPrivate = source.startsWith('https://github.com/') && secrets.token !== undefined
    const request = getRequest(url, {
      'user-agent': 'dashscope-edge',
      ...(isPrivate && { authorization: `Bearer ${secrets.token}` }),
    })
    const follow = (location: string) => {
      const stored = eventUrl(location, STORAGE_HOSTS, settings)
      return stored === undefined ? undefined : getRequest(stored)
    }
    return { request, follow }
  },
  failure: () => undefined,
  expiredTokenCodes: [],
}
