import {
  type Json,
  json,
  type PlatformCall,
  type PlatformReply,
  type PlatformStandIn,
  textIn,
  type World,
} from './platform.ts'

/** DingTalk refuses longer Markdown messages. */
const MAX_MESSAGE_BYTES = 20_000

/** DingTalk: session URLs, access tokens, the robot API, files of messages, and streaming AI cards. */
export const dingtalk: PlatformStandIn = {
  name: 'dingtalk',
  paths: /^\/(?:v1\.0\/|robot\/|dingtalk-files\/)/,
  respond: (call, world) => {
    if (call.path.startsWith('/robot/')) return sendBySession(call, world)
    if (call.path.startsWith('/dingtalk-files/')) return fileAt(call, world)
    if (call.path === '/v1.0/oauth2/accessToken') return giveToken(call, world)
    if (!world.tokens.has(call.headers['x-acs-dingtalk-access-token'] ?? '')) {
      return json({ code: 'InvalidAuthentication', message: 'The access token is not valid.' }, 400)
    }
    return API[`${call.method} ${call.path}`]?.(call, world) ?? json({ code: 'InvalidAction.NotFound' }, 404)
  },
}

const API: Readonly<Record<string, (call: PlatformCall, world: World) => PlatformReply>> = {
  'POST /v1.0/robot/groupMessages/send': sendByRobot,
  'POST /v1.0/robot/oToMessages/batchSend': sendByRobot,
  'POST /v1.0/robot/messageFiles/download': ({ body }, world) => {
    const code = textIn(body, 'downloadCode')
    if (textIn(body, 'robotCode') === '' || !world.files.has(code))
      return json({ code: 'invalid.downloadCode' }, 400)
    return json({ downloadUrl: `https://files.oss-cn-hangzhou.aliyuncs.com/dingtalk-files/${code}` })
  },
  'POST /v1.0/card/instances/createAndDeliver': createCard,
  'PUT /v1.0/card/streaming': streamCard,
}

function sendBySession({ body }: PlatformCall, world: World): PlatformReply {
  const text = textIn(body, 'markdown', 'text') || textIn(body, 'text', 'content')
  if (text === '') return json({ errcode: 400_402, errmsg: 'the message is empty' })
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES)
    return json({ errcode: 460_101, errmsg: 'message too long' })
  world.messages.push({ platform: 'dingtalk', place: 'session', text })
  return json({ errcode: 0, errmsg: 'ok' })
}

function sendByRobot({ body }: PlatformCall, world: World): PlatformReply {
  const place =
    textIn(body, 'openConversationId') || String((body.userIds as unknown[] | undefined)?.[0] ?? '')
  if (place === '') return json({ code: 'missing.target', message: 'No conversation and no user.' }, 400)
  const { text } = JSON.parse(textIn(body, 'msgParam')) as { text: string }
  world.messages.push({ platform: 'dingtalk', place, text })
  return json({ processQueryKey: world.nextId('query') })
}

function fileAt({ path }: PlatformCall, world: World): PlatformReply {
  const file = world.files.get(path.slice('/dingtalk-files/'.length))
  return file ? { status: 200, body: file } : json({ code: 'NoSuchKey' }, 404)
}

function giveToken({ body }: PlatformCall, world: World): PlatformReply {
  const isKnown = textIn(body, 'appKey') !== '' && textIn(body, 'appSecret') !== ''
  if (!isKnown) return json({ code: 'invalidClientIdOrSecret', message: 'Unknown app.' }, 400)
  const token = world.nextId('dingtalk-token')
  world.tokens.add(token)
  return json({ accessToken: token, expireIn: 7200 })
}

function createCard({ body }: PlatformCall, world: World): PlatformReply {
  const values = Object.values(((body.cardData as Json | undefined)?.cardParamMap ?? {}) as Json)
  const isString = values.every((value) => typeof value === 'string')
  const place = textIn(body, 'openSpaceId')
  const id = textIn(body, 'outTrackId')
  if (!isString || textIn(body, 'cardTemplateId') === '' || id === '') {
    return json({ code: 'param.error', message: 'The card is not valid.' }, 400)
  }
  if (!/^dtv1\.card\/\/IM_(?:GROUP|ROBOT)\..+/.test(place)) {
    return json({
      success: true,
      result: { deliverResults: [{ success: false, errorMsg: 'spaceId is illegal' }] },
    })
  }
  const texts = values.map(String).filter((text) => text !== '')
  world.cards.set(id, { platform: 'dingtalk', place, texts, sequence: 0, isFinished: false, isError: false })
  return json({ success: true, result: { outTrackId: id, deliverResults: [{ success: true }] } })
}

function streamCard({ body }: PlatformCall, world: World): PlatformReply {
  const card = world.cards.get(textIn(body, 'outTrackId'))
  const isComplete = body.isFull === true && textIn(body, 'guid') !== '' && textIn(body, 'key') !== ''
  if (!card || !isComplete) return json({ code: 'param.error', message: 'Unknown card.' }, 400)
  card.texts.push(textIn(body, 'content'))
  card.isFinished ||= body.isFinalize === true
  card.isError ||= body.isError === true
  return json({ success: true, result: true })
}
