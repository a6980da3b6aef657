import type { Account } from '../meter/account.ts'
import type { UpstreamResponse } from '../upstream/response.ts'

/** Settles with DashScope's response. A watched stream is settled when it ends. */
export function settle(account: Account, response: UpstreamResponse): void {
  if (response.kind === 'whole') account.responded(response, false)
  else if (!account.watcher) account.ended('open')
}
