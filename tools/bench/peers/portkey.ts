import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, listeningOn } from './children.ts'
import { CACHE_DIRECTORY, install, type Peer, type PeerPlace } from './peer.ts'

const VERSION = '1.15.2'

/**
 * The newest release of Portkey's HTTP server with which Portkey 1.15.2 streams: from 1.14.2 on every stream is a 500
 * ("immutable" headers), and a plain installation takes the newest.
 */
const NODE_SERVER_VERSION = '1.14.1'

const INSTALL_DEADLINE_MS = 60_000
const START_DEADLINE_MS = 20_000

/**
 * Installs Portkey's gateway from the npm registry and starts it on Node.js, as its README does with npx.
 *
 * @throws Error if it cannot be installed or started.
 */
export async function startPortkey({ children, upstreamPort }: PeerPlace): Promise<Peer> {
  const directory = join(CACHE_DIRECTORY, 'portkey')
  mkdirSync(directory, { recursive: true })
  const manifest = {
    private: true,
    dependencies: { '@portkey-ai/gateway': VERSION },
    overrides: { '@hono/node-server': NODE_SERVER_VERSION },
  }
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest))
  const options = ['install', '--prefix', directory, '--ignore-scripts', '--no-audit', '--no-fund']
  await install('npm', options, INSTALL_DEADLINE_MS)

  const port = await freePort()
  const server = join(directory, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  const loopback = fileURLToPath(import.meta.resolve('./loopback.ts'))
  const child = children.start(
    process.execPath,
    ['--import', loopback, server, `--port=${port}`, '--headless'],
    { env: { NODE_ENV: 'production' } },
  )
  await listeningOn(child, port, START_DEADLINE_MS)
  return {
    version: VERSION,
    remark: `Portkey runs with @hono/node-server ${NODE_SERVER_VERSION}; with the newest one, which a plain installation takes, version ${VERSION} answers every stream with status 500. Before the first event of each stream it waits 25 ms by a timer of its own.`,
    route: {
      name: 'Portkey',
      pid: child.pid ?? 0,
      port,
      path: '/v1/chat/completions',
      headers: {
        authorization: 'Bearer sk-bench',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
      },
    },
  }
}
