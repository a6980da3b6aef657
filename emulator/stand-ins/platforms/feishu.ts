import {
  bearerOf,
  type Json,
  json,
  type PlatformCall,
  type PlatformReply,
  type PlatformStandIn,
  textIn,
  type World,
} from './platform.ts'

/** A card or post may have 30 KB. */
const MAX_CONTENT_BYTES = 30_000

/** Feishu and Lark: tenant tokens, replies, resources of messages, and CardKit. A refusal has a `code` that is not 0. */
export const feishu: PlatformStandIn = {
  name: 'feishu',
  paths: /^\/open-apis\//,
  respond: (call, world) => {
    if (call.path === '/open-apis/auth/v3/tenant_access_token/internal') return giveToken(call, world)
    if (!world.tokens.has(bearerOf(call) ?? ''))
      return json({ code: 99_991_663, msg: 'Invalid access token' }, 400)
    const found = ROUTES.find(([method, path]) => method === call.method && path.test(call.path))
    const [, id = '', part = ''] = found?.[1].exec(call.path) ?? []
    return found?.[2](call, world, id, part) ?? json({ code: 99_991_400, msg: 'Not Found' }, 404)
  },
}

type Handle = (call: PlatformCall, world: World, id: string, part: string) => PlatformReply

const ROUTES: readonly [method: string, path: RegExp, handle: Handle][] = [
  ['POST', /^\/open-apis\/im\/v1\/messages\/([^/]+)\/reply$/, reply],
  ['GET', /^\/open-apis\/im\/v1\/messages\/([^/]+)\/resources\/([^/]+)$/, resource],
  ['POST', /^\/open-apis\/cardkit\/v1\/cards$/, createCard],
  ['PUT', /^\/open-apis\/cardkit\/v1\/cards\/([^/]+)\/elements\/([^/]+)\/content$/, writeElement],
  ['PATCH', /^\/open-apis\/cardkit\/v1\/cards\/([^/]+)\/settings$/, changeSettings],
]

function giveToken({ body }: PlatformCall, world: World): PlatformReply {
  if (textIn(body, 'app_id') === '' || textIn(body, 'app_secret') === '')
    return json({ code: 10_014, msg: 'app secret invalid' })
  const token = world.nextId('tenant-token')
  world.tokens.add(token)
  return json({ code: 0, tenant_access_token: token, expire: 7200 })
}

function reply({ body }: PlatformCall, world: World, message: string): PlatformReply {
  const text = textIn(body, 'content')
  if (Buffer.byteLength(text) > MAX_CONTENT_BYTES) return json({ code: 230_025, msg: 'content is too long' })
  const content = parse(text)
  if (!content) return json({ code: 230_001, msg: 'content is not a JSON string' })
  const card = world.cards.get(textIn(content, 'data', 'card_id'))
  if (card) card.place = message
  else if (textIn(content, 'data', 'card_id') !== '') return json({ code: 200_740, msg: 'unknown card' })
  else world.messages.push({ platform: 'feishu', place: message, text: textOf(content) })
  return json({ code: 0, data: { message_id: world.nextId('om') } })
}

/** The text of a text message, or of the Markdown elements of a card. */
function textOf(content: Json): string {
  const elements = ((content.body as Json | undefined)?.elements ?? []) as unknown[]
  return textIn(content, 'text') || elements.map((element) => textIn(element, 'content')).join('\n')
}

function resource({ query }: PlatformCall, world: World, _message: string, key: string): PlatformReply {
  const file = world.files.get(key)
  if (!file || query.get('type') !== 'image') return json({ code: 234_003, msg: 'File not in msg.' }, 400)
  return { status: 200, body: file }
}

function createCard({ body }: PlatformCall, world: World): PlatformReply {
  const card = parse(textIn(body, 'data'))
  const isStreaming = ((card?.config as Json | undefined)?.streaming_mode ?? false) === true
  if (body.type !== 'card_json' || card?.schema !== '2.0')
    return json({ code: 200_621, msg: 'card is not valid' })
  const id = world.nextId('card')
  const state = { platform: 'feishu', place: '', sequence: 0, isFinished: !isStreaming, isError: false }
  world.cards.set(id, { ...state, texts: [textOf(card)] })
  return json({ code: 0, data: { card_id: id } })
}

function writeElement({ body }: PlatformCall, world: World, id: string, element: string): PlatformReply {
  const refused = refusal(body, world, id)
  if (refused) return refused
  const card = world.cards.get(id)
  if (card?.isFinished) return json({ code: 300_309, msg: 'card stream closed' })
  if (element !== 'answer' || textIn(body, 'content') === '')
    return json({ code: 300_313, msg: 'unknown element' })
  card?.texts.push(textIn(body, 'content'))
  return json({ code: 0 })
}

function changeSettings({ body }: PlatformCall, world: World, id: string): PlatformReply {
  const refused = refusal(body, world, id)
  if (refused) return refused
  const config = parse(textIn(body, 'settings'))?.config as Json | undefined
  const card = world.cards.get(id)
  if (card && config?.streaming_mode === false) card.isFinished = true
  return json({ code: 0 })
}

/** Sequence numbers must increase strictly, and the card must exist. */
function refusal({ sequence }: Json, world: World, id: string): PlatformReply | undefined {
  const card = world.cards.get(id)
  if (!card) return json({ code: 200_740, msg: 'unknown card' })
  const isRising = Number.isInteger(sequence) && (sequence as number) > card.sequence
  if (!isRising) return json({ code: 300_317, msg: 'sequence number compare failed' })
  card.sequence = sequence as number
  return undefined
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
