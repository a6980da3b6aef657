import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Finding } from '../../src/edge/health/finding.ts'

/** A Worker that the fake wrangler deployed, as far as a deployment calls it. */
export interface DeployedWorker {
  address: string
  /** The names of the keys that were issued. */
  issued: string[]
  /** What its deep health finds. */
  findings: Finding[]
  stop: () => Promise<void>
}

/**
 * Answers `/edge/keys` and `/edge/health` as the gateway does. Its ADMIN_TOKEN is the one that the fake wrangler stored in `directory`, and
 * like a real deployment it is not there at once: the first `late` requests get what a new address answers.
 */
export async function startDeployedWorker(directory: string, late: number): Promise<DeployedWorker> {
  const issued: string[] = []
  const findings: Finding[] = []
  let requests = 0
  const server = createServer(async (request, response) => {
    const reply = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body))
    const token = JSON.parse(readFileSync(join(directory, 'secrets.json'), 'utf8')).ADMIN_TOKEN
    let body = ''
    for await (const chunk of request) body += chunk
    if (requests++ < late) return response.writeHead(404).end('There is nothing here yet')
    if (request.url === '/edge/health') return reply(200, { status: 'ok', version: '0.1.0' })
    if (!token) return reply(403, { code: 'AccessDenied', message: 'ADMIN_TOKEN is not set.' })
    if (request.headers.authorization !== `Bearer ${token}`) {
      return reply(401, { code: 'InvalidApiKey', message: 'The admin token is wrong.' })
    }
    if (request.url === '/edge/health?deep=1')
      return reply(200, { status: 'ok', checked_at: new Date().toISOString(), findings })
    if (request.method === 'GET') return reply(200, { keys: issued.map((name) => ({ name })) })
    issued.push(JSON.parse(body).name)
    reply(201, { id: 'key_0123456789abcdef', key: 'dse_issued' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return {
    address: `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    issued,
    findings,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
