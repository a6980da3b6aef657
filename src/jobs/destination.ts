import { GatewayError } from '../errors.ts'

/** Some proxies truncate longer URLs; the limit is documented. */
const MAX_URL_CHARACTERS = 2048

/** Suffixes of names that resolve to the machine itself, to its network, or to the metadata service of a cloud. */
const PRIVATE_SUFFIXES = ['localhost', 'local', 'internal', 'lan', 'home', 'corp', 'intranet', 'home.arpa']

/** Public domains that resolve to loopback or to the IP address in the name. */
const REBINDING_SUFFIXES = [
  'nip.io',
  'sslip.io',
  'xip.io',
  'localtest.me',
  'lvh.me',
  'vcap.me',
  'lacolhost.com',
]

/** A dotted IPv4 address; the URL parser has already normalized decimal, octal, hexadecimal and full-width forms. */
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

const HOST_NAME = /^[\w.-]+$/

/** The settings for checking URLs. */
export interface DestinationRules {
  /** WEBHOOK_ALLOW_LOOPBACK: for development, where receivers run on the same machine. */
  allowLoopback: boolean
  /** Origins of the gateway itself, like `https://gateway.example`; callbacks to them would loop. */
  ownOrigins: readonly string[]
}

/**
 * Checks that the gateway may send messages to a URL: https, with the name of a public host. In production a Worker's
 * fetch reaches only public hosts, but in development everything, so it is checked here. The check runs when a URL is
 * given and before every attempt.
 *
 * @returns the URL to call and show, normalized by the URL parser.
 * @throws GatewayError `invalid` with the reason.
 */
export function checkDestination(text: string, rules: DestinationRules, param = 'webhook'): URL {
  const refuse = (why: string): never => {
    throw new GatewayError('invalid', `${param}: ${why}`, { param })
  }
  if (text.length > MAX_URL_CHARACTERS) refuse(`expected a URL of at most ${MAX_URL_CHARACTERS} characters.`)
  const url = /^https?:\/\/[^\s\\]+$/i.test(text) ? URL.parse(text) : null
  if (!url) return refuse('expected a URL that begins with https://.')
  if (url.username || url.password) refuse('the URL must not contain a user name or password.')
  if (url.hash || text.includes('#')) refuse('the URL must not have a fragment.')
  const host = url.hostname.replace(/\.+$/, '')
  const ownHosts = rules.ownOrigins.flatMap((origin) => URL.parse(origin) ?? [])
  if (ownHosts.some((own) => isSamePlace(own, url, host))) refuse('the URL is on the gateway itself.')
  if (rules.allowLoopback && isLoopbackHost(host)) return url
  if (url.protocol !== 'https:') refuse('expected a URL that begins with https://.')
  if (url.port !== '') refuse('the URL must use port 443.')
  if (IPV4.test(host) || host.startsWith('[')) refuse('expected a host name, not an IP address.')
  // The URL parser accepts `a.example;event=x` as a name.
  if (!HOST_NAME.test(host)) refuse('a host name may contain only letters, digits, hyphens and dots.')
  if (!host.includes('.') || isUnder(host, PRIVATE_SUFFIXES)) refuse('the host is not public.')
  if (isUnder(host, REBINDING_SUFFIXES)) refuse('the host may resolve to a private address.')
  return url
}

function isSamePlace(own: URL, url: URL, host: string): boolean {
  const ownHost = own.hostname.replace(/\.+$/, '')
  const isSameHost = ownHost === host || (isLoopbackHost(ownHost) && isLoopbackHost(host))
  // A deployed gateway is reachable at every port of its host name; on loopback each port is a different program.
  return isSameHost && (!isLoopbackHost(host) || own.port === url.port)
}

function isLoopbackHost(host: string): boolean {
  if (host === '[::1]' || host === 'localhost' || host.endsWith('.localhost')) return true
  return IPV4.test(host) && host.startsWith('127.')
}

function isUnder(host: string, suffixes: readonly string[]): boolean {
  return suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
}

/** The key of pauses and of the limit of parallel attempts: host and port. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? ''
}
