import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto'
import { jsonEvent, nowSeconds, type OutgoingEvent } from './event.ts'

/** WeCom pads to blocks of 32 bytes. */
const BLOCK_BYTES = 32

/** The settings of a WeCom app or AI bot; a bot has no corp id. */
export interface WecomApp {
  token: string
  encoding_aes_key: string
  corp_id?: string
}

/** A message to an AI bot. */
export interface WecomBotMessage {
  text: string
  user?: string
  id?: string
  isDirect?: boolean
  /** Paths of images under https://bot.cos.ap-guangzhou.myqcloud.com; the message is then mixed. */
  pictures?: readonly string[]
}

/** A text message to an app. */
export function wecomMessage(app: WecomApp, text: string, id: string = randomUUID()): OutgoingEvent {
  const fields = { ToUserName: app.corp_id ?? '', FromUserName: 'ann', MsgType: 'text', Content: text }
  const tags = Object.entries(fields).map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
  const message = `<xml>${tags.join('')}<CreateTime>1</CreateTime><MsgId>${id}</MsgId><AgentID>2</AgentID></xml>`
  const { encrypt, query } = sealed(app, message)
  const body = `<xml><ToUserName><![CDATA[x]]></ToUserName><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`
  return { method: 'POST', query, headers: { 'content-type': 'text/xml' }, body }
}

/** A message to an AI bot. */
export function wecomBotMessage(app: WecomApp, message: WecomBotMessage): OutgoingEvent {
  const { text, user = 'ann', id = randomUUID(), isDirect = false, pictures = [] } = message
  const written = { msgtype: 'text', text: { content: isDirect ? text : `@Bot ${text}` } }
  const url = (path: string) => `https://bot.cos.ap-guangzhou.myqcloud.com${path}`
  const items = pictures.map((path) => ({ msgtype: 'image', image: { url: url(path) } }))
  return botEvent(app, {
    msgid: id,
    aibotid: 'bot1',
    chatid: 'chat1',
    chattype: isDirect ? 'single' : 'group',
    from: { userid: user },
    response_url: `https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=${id}`,
    ...(items.length === 0 ? written : { msgtype: 'mixed', mixed: { msg_item: [written, ...items] } }),
  })
}

/** WeCom's poll for the next state of a stream. */
export function wecomBotRefresh(app: WecomApp, streamId: string): OutgoingEvent {
  return botEvent(app, { msgid: randomUUID(), msgtype: 'stream', stream: { id: streamId } })
}

/** The check of a new URL. */
export function wecomEcho(app: WecomApp, text: string): OutgoingEvent {
  const { encrypt, query } = sealed(app, text)
  return { method: 'GET', query: { ...query, echostr: encrypt }, headers: {}, body: '' }
}

/** The message in a passive reply of a bot. */
export function openPassiveReply(app: WecomApp, text: string): Record<string, unknown> {
  const { encrypt } = JSON.parse(text) as { encrypt: string }
  const key = keyOf(app)
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const plain = Buffer.concat([decipher.update(Buffer.from(encrypt, 'base64')), decipher.final()])
  return JSON.parse(plain.subarray(20, 20 + plain.readUInt32BE(16)).toString())
}

/** A file in the encrypted form in which WeCom stores it for a bot. */
export function wecomBotFile(app: WecomApp, bytes: Buffer): Buffer {
  const key = keyOf(app)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(padded(bytes)), cipher.final()])
}

function botEvent(app: WecomApp, message: object): OutgoingEvent {
  const { encrypt, query } = sealed(app, JSON.stringify(message))
  return { ...jsonEvent(JSON.stringify({ encrypt })), query }
}

function sealed(app: WecomApp, text: string): { encrypt: string; query: Record<string, string> } {
  const message = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.byteLength)
  const plain = Buffer.concat([randomBytes(16), length, message, Buffer.from(app.corp_id ?? '')])
  const encrypt = wecomBotFile(app, plain).toString('base64')
  const timestamp = nowSeconds()
  const nonce = randomBytes(4).toString('hex')
  const parts = [app.token, timestamp, nonce, encrypt].toSorted()
  const msg_signature = createHash('sha1').update(parts.join('')).digest('hex')
  return { encrypt, query: { msg_signature, timestamp, nonce } }
}

function padded(bytes: Buffer): Buffer {
  const count = BLOCK_BYTES - (bytes.byteLength % BLOCK_BYTES)
  return Buffer.concat([bytes, Buffer.alloc(count, count)])
}

function keyOf({ encoding_aes_key }: WecomApp): Buffer {
  return Buffer.from(`${encoding_aes_key}=`, 'base64')
}
