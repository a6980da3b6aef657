/**
 * The URL of a request. A `Host` header that is not a host makes it unparsable; only the path is used then, so a
 * placeholder replaces the host.
 */
export function readAddress(address: string): URL {
  return URL.parse(address) ?? new URL(address.replace(/^https?:\/\/[^/]*/, 'http://host.invalid'))
}
