/**
 * The address of a request. A `Host` header that is not a host makes it unparsable; the path is what counts then, so a
 * placeholder stands in for the host.
 */
export function readAddress(address: string): URL {
  return URL.parse(address) ?? new URL(address.replace(/^https?:\/\/[^/]*/, 'http://host.invalid'))
}
