import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, listeningOn } from './children.ts'
import { CACHE_DIRECTORY, install, type Peer, type PeerPlace } from './peer.ts'

/** The newest release whose packages could all be installed when this was written. */
const VERSION = '1.100.4'

/** Some hundred packages, which take long to import from a slow disk. */
const INSTALL_DEADLINE_MS = 600_000
const START_DEADLINE_MS = 120_000

/**
 * Installs LiteLLM's proxy from the Python package index into an environment of its own and starts it with one worker.
 *
 * @throws Error if it cannot be installed or started.
 */
export async function startLiteLlm({ children, upstreamPort }: PeerPlace): Promise<Peer> {
  const directory = join(CACHE_DIRECTORY, `litellm-${VERSION}`)
  const command = join(directory, 'bin/litellm')
  if (!existsSync(command)) {
    mkdirSync(CACHE_DIRECTORY, { recursive: true })
    await install('python3', ['-m', 'venv', directory], INSTALL_DEADLINE_MS)
    const packages = ['install', '--quiet', `litellm[proxy]==${VERSION}`]
    await install(join(directory, 'bin/pip'), packages, INSTALL_DEADLINE_MS)
  }
  const config = join(directory, 'bench.json')
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(proxyConfig(upstreamPort)))
  const port = await freePort()
  const child = children.start(
    command,
    ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'],
    { env: { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR' } },
  )
  await listeningOn(child, port, START_DEADLINE_MS)
  return {
    version: VERSION,
    route: {
      name: 'LiteLLM',
      pid: child.pid ?? 0,
      port,
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer sk-bench' },
    },
  }
}

function proxyConfig(upstreamPort: number): Record<string, unknown> {
  const parameters = {
    model: 'openai/qwen-plus',
    api_base: `http://127.0.0.1:${upstreamPort}/v1`,
    api_key: 'sk-bench',
  }
  return {
    model_list: [{ model_name: 'qwen-plus', litellm_params: parameters }],
    litellm_settings: { telemetry: false },
  }
}
