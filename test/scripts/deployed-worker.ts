import { createServer } from 'node:http'
import type { Finding } from '../../src/edge/health/finding.ts'

/** A deployed Worker, as far as a deployment calls it. */
export interface DeployedWorker {
  address: string
  /** The names of the keys that were issued. */
  issued: string[]
  /** The findings of its deep health check. */
  findings: Finding[]
  /** How many more requests get the response of an address that is too new. */
  late: number
  stop: () => Promise<void>
}

/**
 * Answers `/edge/keys` and `/edge/health` as the gateway does.
 *
 * @param adminToken reads the ADMIN_TOKEN that the Worker has now.
 */
export async function startDeployedWorker(
  adminToken: () => string | Promise<string | undefined> | undefined,
): Promise<DeployedWorker> {
  const worker: Omit<DeployedWorker, 'address' | 'stop'> = { issued: [], findings: [], late: 0 }
  const server = createServer(async (request, response) => {
    const reply = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body))
    const token = await adminToken()
    let body = ''
    for await (const chunk of request) body += chunk
    if (worker.late-- > 0) return response.writeHead(404).end('There is nothing here yet')
    if (request.url === '/edge/health') return reply(200, { status: 'ok', version: '0.1.0' })
    if (!token) return reply(403, { code: 'AccessDenied', message: 'ADMIN_TOKEN is not set.' })
    if (request.headers.authorization !== `Bearer ${token}`) {
      return reply(401, { code: 'InvalidApiKey', message: 'The admin token is wrong.' })
    }
    if (request.url === '/edge/health?deep=1') {
      const { findings } = worker
      return reply(200, { status: 'ok', checked_at: new Date().toISOString(), findings })
    }
    if (request.method === 'GET') return reply(200, { keys: worker.issued.map((name) => ({ name })) })
    worker.issued.push(JSON.parse(body).name)
    reply(201, { id: 'key_0123456789abcdef', key: 'dse_issued' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return Object.assign(worker, {
    address: `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  })
}
