import { GatewayError } from '../errors.ts'

/** Longer URLs are cut by some proxies; the contract names this bound. */
const MAX_URL_CHARACTERS = 2048

/** Names that resolve to the machine itself, to its network, or to the metadata service of a cloud. */
const PRIVATE_SUFFIXES = ['localhost', 'local', 'internal', 'lan', 'home', 'corp', 'intranet', 'home.arpa']

/** Public names whose only use is to resolve to loopback or to the address in the name. */
const REBINDING_SUFFIXES = [
  'nip.io',
  'sslip.io',
  'xip.io',
  'localtest.me',
  'lvh.me',
  'vcap.me',
  'lacolhost.com',
]

/** A dotted IPv4 address; the URL parser has rewritten decimal, octal, hexadecimal and full-width spellings to it. */
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

const HOST_NAME = /^[\w.-]+$/

/** What the check of a URL depends on. */
export interface DestinationRules {
  /** WEBHOOK_ALLOW_LOOPBACK: for development, where receivers run on the same machine. */
  allowLoopback: boolean
  /** Origins of the gateway itself, like `https://gateway.example`: a callback to it would loop. */
  ownOrigins: readonly string[]
}

/**
 * Checks where the gateway may send a message: a public https host under a name. A Worker's fetch reaches only public hosts
 * in production, but everything in development, so the guard is here. It runs when a URL is given and before every try.
 *
 * @returns the URL as it is called and listed, normalised by the URL parser.
 * @throws GatewayError `invalid` with what is wrong.
 */
export function checkDestination(text: string, rules: DestinationRules, param = 'webhook'): URL {
  const refuse = (why: string): never => {
    throw new GatewayError('invalid', `${param}: ${why}`, { param })
  }
  if (text.length > MAX_URL_CHARACTERS) refuse(`expected a URL of at most ${MAX_URL_CHARACTERS} characters.`)
  const url = /^https?:\/\/[^\s\\]+$/i.test(text) ? URL.parse(text) : null
  if (!url) return refuse('expected a URL that begins with https://.')
  if (url.username || url.password) refuse('the URL must not carry a user name or password.')
  if (url.hash || text.includes('#')) refuse('the URL must not have a fragment.')
  const host = url.hostname.replace(/\.+$/, '')
  const ownHosts = rules.ownOrigins.flatMap((origin) => URL.parse(origin) ?? [])
  if (ownHosts.some((own) => isSamePlace(own, url, host))) refuse('the URL is on the gateway itself.')
  if (rules.allowLoopback && isLoopback(host)) return url
  if (url.protocol !== 'https:') refuse('expected a URL that begins with https://.')
  if (url.port !== '') refuse('the URL must use port 443.')
  if (IPV4.test(host) || host.startsWith('[')) refuse('expected a host name, not an IP address.')
  // The URL parser takes `a.example;event=x` for a name.
  if (!HOST_NAME.test(host)) refuse('a host name has letters, digits, hyphens and dots only.')
  if (!host.includes('.') || isUnder(host, PRIVATE_SUFFIXES)) refuse('the host is not public.')
  if (isUnder(host, REBINDING_SUFFIXES)) refuse('the host may resolve to a private address.')
  return url
}

function isSamePlace(own: URL, url: URL, host: string): boolean {
  const ownHost = own.hostname.replace(/\.+$/, '')
  const isSameHost = ownHost === host || (isLoopback(ownHost) && isLoopback(host))
  // A deployed gateway answers at every port of its host name; on loopback each port is another program.
  return isSameHost && (!isLoopback(host) || own.port === url.port)
}

function isLoopback(host: string): boolean {
  if (host === '[::1]' || host === 'localhost' || host.endsWith('.localhost')) return true
  return IPV4.test(host) && host.startsWith('127.')
}

function isUnder(host: string, suffixes: readonly string[]): boolean {
  return suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
}

/** The destination that circuits and the limit of parallel tries go by: host and port. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? ''
}
