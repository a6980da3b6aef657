import type { KeyRecord } from '../../policy/key-record.ts'

/** How long before its end an expiring key is reported. */
const WARNING_MS = 7 * 86_400_000

/** Keys that end within a week, with what the event `key.expiring` says of each. */
export function expiringKeys(records: readonly KeyRecord[], nowMs: number) {
  return records.flatMap(({ id, name, expires_at }) => {
    const endsMs = expires_at === undefined ? Number.NaN : Date.parse(expires_at)
    const isNear = endsMs > nowMs && endsMs - nowMs <= WARNING_MS
    return isNear && expires_at !== undefined ? [{ key: id, name, expires_at }] : []
  })
}

/** A key that is extended later may expire once more. */
export const EXPIRY_CLAIM_MS = 30 * 86_400_000
