import { accountOf, credentialOf } from './accounts.ts'
import { billOf } from './bill.ts'
import { showCalls } from './calls.ts'
import { resultFile } from './results.ts'
import { storeFile } from './storage.ts'

/**
 * Answers the emulator's own addresses: `GET` and `DELETE /emulator/calls` show and empty the log of the key that is
 * presented (any key, even one DashScope would refuse); `GET /emulator/bill` shows what that key is billed for; `POST /emulator/uploads` stands in for OSS;
 * `GET /emulator/results/…` are the files that responses name.
 */
export async function control(request: Request, url: URL): Promise<Response> {
  if (url.pathname === '/emulator/uploads') return storeFile(request)
  if (url.pathname.startsWith('/emulator/results/')) return resultFile(url.pathname)
  const account = accountOf(credentialOf(request.headers, url, 'native'))
  if (url.pathname === '/emulator/bill') return Response.json(billOf(account, Date.now()))
  if (url.pathname !== '/emulator/calls') return new Response(null, { status: 404 })
  const { calls } = account
  if (request.method !== 'DELETE') return Response.json(showCalls(calls))
  calls.length = 0
  return new Response(null, { status: 204 })
}
