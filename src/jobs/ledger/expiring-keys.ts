import type { KeyRecord } from '../../policy/key-record.ts'

/** How long before its expiry a key is reported. */
const WARNING_MS = 7 * 86_400_000

/** Keys that expire within a week, with the data of the event `key.expiring` for each. */
export function expiringKeys(records: readonly KeyRecord[], nowMs: number) {
  return records.flatMap(({ id, name, expires_at }) => {
    const endsMs = expires_at === undefined ? Number.NaN : Date.parse(expires_at)
    const isNear = endsMs > nowMs && endsMs - nowMs <= WARNING_MS
    return isNear && expires_at !== undefined ? [{ key: id, name, expires_at }] : []
  })
}

/** How long a report blocks further ones; a key that is extended is reported again later. */
export const EXPIRY_CLAIM_MS = 30 * 86_400_000
