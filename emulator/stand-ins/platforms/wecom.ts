import { json, type PlatformStandIn, textIn } from './platform.ts'

/** WeCom refuses longer messages instead of truncating them; Chinese characters have three bytes. */
const MAX_APP_BYTES = 2048
const MAX_BOT_BYTES = 20_480

/** WeCom: access tokens, messages of an app, the single-use URL of a bot's message, and files. */
export const wecom: PlatformStandIn = {
  name: 'wecom',
  paths: /^\/(?:cgi-bin\/|aibot-files\/)/,
  respond: (call, world) => {
    const { path, query, body } = call
    if (path.startsWith('/aibot-files/')) {
      const file = world.files.get(path)
      return file ? { status: 200, body: file } : json({}, 404)
    }
    if (path === '/cgi-bin/gettoken') {
      if (!query.get('corpid') || !query.get('corpsecret'))
        return json({ errcode: 40_001, errmsg: 'invalid credential' })
      const token = world.nextId('wecom-token')
      world.tokens.add(token)
      return json({ errcode: 0, access_token: token, expires_in: 7200 })
    }
    const text = textIn(body, 'markdown', 'content') || textIn(body, 'text', 'content')
    if (path === '/cgi-bin/aibot/response') {
      const place = `response ${query.get('response_code')}`
      const isUsed = world.messages.some((message) => message.place === place)
      if (isUsed) return json({ errcode: 60_140, errmsg: 'response_url was used' })
      if (Buffer.byteLength(text) > MAX_BOT_BYTES)
        return json({ errcode: 40_058, errmsg: 'content too long' })
      world.messages.push({ platform: 'wecom', place, text })
      return json({ errcode: 0, errmsg: 'ok' })
    }
    if (!world.tokens.has(query.get('access_token') ?? ''))
      return json({ errcode: 40_014, errmsg: 'invalid access_token' })
    if (path === '/cgi-bin/media/get') {
      const file = world.files.get(query.get('media_id') ?? '')
      return file ? { status: 200, body: file } : json({ errcode: 40_007, errmsg: 'invalid media_id' })
    }
    if (path !== '/cgi-bin/message/send') return json({ errcode: 404, errmsg: 'not found' }, 404)
    if (Buffer.byteLength(text) > MAX_APP_BYTES) return json({ errcode: 40_058, errmsg: 'content too long' })
    if (!Number.isInteger(body.agentid)) return json({ errcode: 41_011, errmsg: 'missing agentid' })
    world.messages.push({ platform: 'wecom', place: textIn(body, 'touser'), text })
    return json({ errcode: 0, errmsg: 'ok', msgid: world.nextId('msg') })
  },
}
