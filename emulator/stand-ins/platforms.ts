import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { github, gitlab } from './platforms/code-hosts.ts'
import { dingtalk } from './platforms/dingtalk.ts'
import { feishu } from './platforms/feishu.ts'
import type {
  CardState,
  Json,
  PlatformCall,
  PlatformReply,
  PlatformStandIn,
  World,
  WrittenMessage,
} from './platforms/platform.ts'
import { slack } from './platforms/slack.ts'
import { wecom } from './platforms/wecom.ts'

export type { CardState, PlatformCall, WrittenMessage }

const STAND_INS: readonly PlatformStandIn[] = [github, gitlab, slack, dingtalk, feishu, wecom]

/** The APIs of all chat platforms at one URL; a hook reaches them with `reply.base_url`. */
export interface Platforms {
  /** `http://127.0.0.1:port`. */
  address: string
  /** Every request, oldest first. */
  calls: PlatformCall[]
  /** The posted messages, oldest first. */
  messages: WrittenMessage[]
  cards: Map<string, CardState>
  files: Map<string, Buffer>
  /** The next responses to any request except for tokens; when the list is empty, the platforms behave normally. */
  next: { status: number; body: Json; headers?: Record<string, string> }[]
  /** Expires all access tokens. */
  expireTokens: () => void
  stop: () => Promise<void>
}

/** Starts the platforms on a loopback port; 0 takes a free one. */
export async function startPlatforms(port = 0): Promise<Platforms> {
  let ids = 0
  const world: World = {
    messages: [],
    cards: new Map(),
    files: new Map(),
    tokens: new Set(),
    nextId: (prefix) => `${prefix}-${++ids}`,
  }
  const calls: PlatformCall[] = []
  const next: Platforms['next'] = []
  const server = createServer(async (request, response) => {
    const { call, standIn } = await readCall(request)
    calls.push(call)
    const isToken = /accessToken|access_token|gettoken/.test(call.path)
    const planned = isToken ? undefined : next.shift()
    const reply: PlatformReply = planned ??
      standIn?.respond(call, world) ?? { status: 404, body: { message: 'No platform has this path.' } }
    const isFile = Buffer.isBuffer(reply.body)
    const type = isFile ? 'application/octet-stream' : 'application/json'
    response.writeHead(reply.status, { 'content-type': type, ...reply.headers })
    response.end(isFile ? reply.body : JSON.stringify(reply.body))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    messages: world.messages,
    cards: world.cards,
    files: world.files,
    next,
    expireTokens: () => world.tokens.clear(),
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readCall(
  request: IncomingMessage,
): Promise<{ call: PlatformCall; standIn: PlatformStandIn | undefined }> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  const text = Buffer.concat(pieces).toString()
  const url = new URL(request.url ?? '/', 'http://platforms.invalid')
  const standIn = STAND_INS.find(({ paths }) => paths.test(url.pathname))
  const call: PlatformCall = {
    platform: standIn?.name ?? '',
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: text === '' ? {} : (JSON.parse(text) as Json),
  }
  return { call, standIn }
}
