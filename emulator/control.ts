import { accountOf, credentialOf } from './accounts.ts'
import { billOf } from './bill.ts'
import { showCalls } from './calls.ts'
import { resultFile } from './results.ts'
import { storeFile } from './storage.ts'

/**
 * Handles the emulator's own paths: `GET` and `DELETE /emulator/calls` show and clear the log of the key in the
 * request (any key, even one DashScope would refuse); `GET /emulator/bill` shows the bill of that key; `POST
 * /emulator/uploads` stands in for OSS; `GET /emulator/results/…` serves the files in responses.
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
