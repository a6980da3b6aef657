import { bearerOf, json, type PlatformStandIn, textIn } from './platform.ts'

/** Slack truncates a longer text ("chat.postMessage"). */
const MAX_TEXT_CHARACTERS = 40_000

/** Slack: `chat.postMessage`, `response_url`, and private files. A refusal is a 200 with `ok: false`. */
export const slack: PlatformStandIn = {
  name: 'slack',
  paths: /^\/(?:api\/(?!v4\/)|commands\/|actions\/|files-pri\/)/,
  respond: (call, world) => {
    const text = textIn(call.body, 'text')
    if (call.path.startsWith('/files-pri/')) {
      const file = world.files.get(call.path)
      // Without a valid token, Slack redirects to its sign-in page.
      if (!bearerOf(call) || !file)
        return { status: 302, body: {}, headers: { location: 'https://slack.com/' } }
      return { status: 200, body: file }
    }
    if (!call.path.startsWith('/api/')) {
      world.messages.push({ platform: 'slack', place: call.path, text })
      return json({ ok: true })
    }
    if (call.path !== '/api/chat.postMessage') return json({ ok: false, error: 'unknown_method' })
    if (!bearerOf(call)) return json({ ok: false, error: 'invalid_auth' })
    if (textIn(call.body, 'channel') === '') return json({ ok: false, error: 'channel_not_found' })
    if (text === '') return json({ ok: false, error: 'no_text' })
    if (text.length > MAX_TEXT_CHARACTERS) return json({ ok: false, error: 'msg_too_long' })
    world.messages.push({ platform: 'slack', place: textIn(call.body, 'channel'), text })
    return json({ ok: true, ts: world.nextId('ts') })
  },
}
