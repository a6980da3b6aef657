import type { Account } from '../meter/account.ts'
import type { UpstreamResponse } from '../upstream/response.ts'

/** Settles with what DashScope sent. A watched stream settles by itself when it ends. */
export function settle(account: Account, response: UpstreamResponse): void {
  if (response.kind === 'whole') account.answered(response, false)
  else if (!account.watcher) account.ended('open')
}
