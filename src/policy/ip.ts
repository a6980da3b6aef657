import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'

/** An IP address as a number: of 32 bits, or of 128. */
interface IpAddress {
  bits: 32 | 128
  value: bigint
}

interface IpRange extends IpAddress {
  /** How many leading bits an address must share. */
  prefix: number
}

const DECIMAL_OCTET = /^(?:0|[1-9]\d{0,2})$/
const HEX_GROUP = /^[0-9a-f]{1,4}$/i
const PREFIX = /^(?:0|[1-9]\d{0,2})$/

/** ::ffff:0:0/96 contains the IPv4 addresses (RFC 4291 section 2.5.5.2). */
const MAPPED = 0xffffn
const MAPPED_PREFIX = 96

/**
 * Refuses a request from an IP address that the key may not be used from. Cloudflare sets `CF-Connecting-IP` and
 * overwrites the caller's value; without Cloudflare, callers can set it to any value.
 *
 * @param ranges IP addresses and CIDR ranges; undefined: every address.
 * @throws GatewayError `denied` if the IP address is not in the ranges, or unknown.
 */
export function requireAllowedIp(ranges: readonly string[] | undefined, headers: HeaderMap): void {
  if (!ranges) return
  const address = parseAddress(headers.get('cf-connecting-ip')?.trim() ?? '')
  if (!address) {
    throw new GatewayError(
      'denied',
      'This key may only be used from certain IP addresses, and the IP address of the caller is not known.',
      { rule: 'ip_ranges' },
    )
  }
  if (ranges.some((range) => contains(parseRange(range), address))) return
  throw new GatewayError('denied', 'This key may not be used from the IP address of the caller.', {
    rule: 'ip_ranges',
  })
}

/** Whether a text is an IP address or a CIDR range (RFC 4632 section 3.1) whose bits after the prefix are all zero. */
export function isAddressRange(text: string): boolean {
  const range = parseRange(text)
  return range !== undefined && (range.value & hostMask(range)) === 0n
}

function contains(range: IpRange | undefined, address: IpAddress): boolean {
  if (range?.bits !== address.bits) return false
  const mask = hostMask(range)
  return (address.value | mask) === (range.value | mask)
}

function hostMask({ bits, prefix }: IpRange): bigint {
  return (1n << BigInt(bits - prefix)) - 1n
}

function parseRange(text: string): IpRange | undefined {
  const [start = '', length, ...more] = text.split('/')
  const address = parseAddress(start)
  if (!address || more.length > 0) return undefined
  if (length === undefined) return { ...address, prefix: address.bits }
  if (!PREFIX.test(length)) return undefined
  const isMapped = address.bits === 32 && start.includes(':')
  const prefix = Number(length) - (isMapped ? MAPPED_PREFIX : 0)
  return prefix >= 0 && prefix <= address.bits ? { ...address, prefix } : undefined
}

/** A mapped IPv4 address is parsed as the IPv4 address. */
function parseAddress(text: string): IpAddress | undefined {
  const value = text.includes(':') ? parseIpv6(text) : undefined
  if (value === undefined) {
    const ipv4 = parseIpv4(text)
    return ipv4 === undefined ? undefined : { bits: 32, value: ipv4 }
  }
  return value >> 32n === MAPPED ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value }
}

/** Four decimal numbers; without leading zeros, which some parsers read as octal. */
function parseIpv4(text: string): bigint | undefined {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every((octet) => DECIMAL_OCTET.test(octet) && Number(octet) < 256)) {
    return undefined
  }
  return octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n)
}

/** The text forms of RFC 4291 section 2.2; without zones, which are valid only on one machine. */
function parseIpv6(text: string): bigint | undefined {
  const lastColon = text.lastIndexOf(':')
  if (text.includes('.')) {
    const ipv4 = parseIpv4(text.slice(lastColon + 1))
    if (ipv4 === undefined) return undefined
    const groups = `${(ipv4 >> 16n).toString(16)}:${(ipv4 & MAPPED).toString(16)}`
    return parseIpv6(text.slice(0, lastColon + 1) + groups)
  }
  const [left = '', right, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const missing = 8 - head.length - tail.length
  if (right === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail]
  if (!groups.every((group) => HEX_GROUP.test(group))) return undefined
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}
