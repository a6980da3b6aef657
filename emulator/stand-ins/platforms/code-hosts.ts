import { bearerOf, json, type PlatformStandIn, textIn } from './platform.ts'

/** GitHub refuses longer comments. */
const MAX_COMMENT_CHARACTERS = 65_536

/** GitHub: comments on issues and pull requests, and replies to review comments. */
export const github: PlatformStandIn = {
  name: 'github',
  paths: /^\/(?:repos|user-attachments|github-storage)\//,
  respond: (call, world) => {
    if (call.path.startsWith('/user-attachments/')) {
      // Uploads to a private repository are 404 without the token.
      if (!bearerOf(call) || !world.files.has(call.path)) return json({ message: 'Not Found' }, 404)
      const location = `https://github-production-user-asset-1.s3.amazonaws.com/github-storage${call.path}?X-Amz-Signature=1`
      return { status: 302, body: {}, headers: { location } }
    }
    if (call.path.startsWith('/github-storage/')) {
      const file = world.files.get(call.path.slice('/github-storage'.length))
      // The storage refuses a second credential.
      if (!file || call.headers.authorization) return json({ message: 'Bad request' }, 400)
      return { status: 200, body: file }
    }
    const isComment = /^\/repos\/[^/]+\/[^/]+\/(?:issues\/\d+\/comments|pulls\/\d+\/comments\/\d+\/replies)$/
    if (!isComment.test(call.path) || call.method !== 'POST') return json({ message: 'Not Found' }, 404)
    if (!call.headers['user-agent']) return json({ message: 'A User-Agent header is required.' }, 403)
    if (!bearerOf(call)) return json({ message: 'Bad credentials' }, 401)
    const text = textIn(call.body, 'body')
    if (text === '' || text.length > MAX_COMMENT_CHARACTERS)
      return json({ message: 'Validation Failed' }, 422)
    world.messages.push({ platform: 'github', place: call.path, text })
    return json({ id: world.messages.length, body: text }, 201)
  },
}

/** GitLab: notes on issues and merge requests, alone or in a discussion. */
export const gitlab: PlatformStandIn = {
  name: 'gitlab',
  paths: /^\/api\/v4\//,
  respond: (call, world) => {
    const isUpload = /^\/api\/v4\/projects\/\d+\/uploads\/[0-9a-f]{32}\/[^/]+$/.test(call.path)
    const file = isUpload ? world.files.get(call.path) : undefined
    if (file && call.headers['private-token']) return { status: 200, body: file }
    const isNote = /^\/api\/v4\/projects\/\d+\/(?:issues|merge_requests)\/\d+\/(?:discussions\/\w+\/)?notes$/
    if (!isNote.test(call.path) || call.method !== 'POST') return json({ error: '404 Not Found' }, 404)
    const token = call.headers['private-token'] ?? ''
    if (token === '' || token.includes('invalid')) return json({ message: '401 Unauthorized' }, 401)
    const text = textIn(call.body, 'body')
    if (text === '') return json({ error: 'body is empty' }, 400)
    world.messages.push({ platform: 'gitlab', place: call.path, text })
    return json({ id: world.messages.length, body: text }, 201)
  },
}
