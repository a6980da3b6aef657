import { describe, expect, it } from 'vitest'
import { checkDestination } from '../../src/jobs/destination.ts'

const OWN = ['https://gateway.example', 'http://127.0.0.1:8787']
const production = { allowLoopback: false, ownOrigins: OWN }
const development = { allowLoopback: true, ownOrigins: OWN }

describe('test 9: where webhooks may be sent', () => {
  it.each([
    'https://receiver.example.com/hook?x=1',
    'https://receiver.example.com:443/hook',
    'https://xn--fiqs8s.example/hook',
    'https://中国.example/hook',
    'https://receiver.example.com./hook',
  ])('A webhook may go to %s', (url) => {
    expect(checkDestination(url, production).protocol).toBe('https:')
  })

  it.each([
    ['plain http', 'http://receiver.example.com/'],
    ['another scheme', 'ftp://receiver.example.com/'],
    ['no URL', 'receiver.example.com'],
    ['another port', 'https://receiver.example.com:8443/'],
    ['a user name', 'https://user@receiver.example.com/'],
    ['a password', 'https://user:pass@receiver.example.com/'],
    ['a fragment', 'https://receiver.example.com/#x'],
    ['an empty fragment', 'https://receiver.example.com/#'],
    ['a backslash', 'https://receiver.example.com\\@127.0.0.1/'],
    ['a filter with a typing error', 'https://receiver.example.com;event=batch.completed'],
    ['a line break', 'https://receiver.example.com/\n'],
    ['more than 2,048 characters', `https://receiver.example.com/${'x'.repeat(2048)}`],
    ['an IPv4 address', 'https://93.184.216.34/'],
    ['loopback', 'https://127.0.0.1/'],
    ['a decimal address', 'https://2130706433/'],
    ['a hexadecimal address', 'https://0x7f000001/'],
    ['hexadecimal parts', 'https://0x7f.0.0.0x1/'],
    ['an octal address', 'https://0177.0.0.1/'],
    ['a short address', 'https://127.1/'],
    ['a zero address', 'https://0/'],
    ['full-width digits', 'https://１２７.０.０.１/'],
    ['circled digits', 'https://①②⑦.⓪.⓪.①/'],
    ['an ideographic full stop', 'https://127。0。0。1/'],
    ['an IPv4 address with a trailing dot', 'https://127.0.0.1./'],
    ['IPv6', 'https://[2606:2800:220:1::1]/'],
    ['IPv6 loopback', 'https://[::1]/'],
    ['a mapped address', 'https://[::ffff:127.0.0.1]/'],
    ['the metadata address', 'https://169.254.169.254/latest/meta-data/'],
    ["Alibaba Cloud's metadata address", 'https://100.100.100.200/'],
    ['the metadata host', 'https://metadata.google.internal/'],
    ['localhost', 'https://localhost/'],
    ['localhost with a trailing dot', 'https://localhost./'],
    ['a name under localhost', 'https://a.localhost/'],
    ['a .local name', 'https://printer.local/'],
    ['an .internal name', 'https://db.internal/'],
    ['a name without a dot', 'https://intranet/'],
    ['a name that resolves to loopback', 'https://127.0.0.1.nip.io/'],
    ['another such name', 'https://localtest.me/'],
    ["the gateway's own host", 'https://gateway.example/edge/keys'],
    ["the gateway's own host in capitals", 'https://GATEWAY.example/'],
    ["the gateway's own host with a trailing dot", 'https://gateway.example./'],
  ])('A webhook may not go to %s', (_, url) => {
    expect(() => checkDestination(url, production)).toThrow(/^webhook: /)
  })

  it.each([
    'http://127.0.0.1:9000/hook',
    'http://localhost:9000/',
    'http://[::1]:9000/',
    'https://127.9.9.9/',
  ])('In development a webhook may go to %s', (url) => {
    expect(checkDestination(url, development).href).toContain('/')
  })

  it.each([
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'https://169.254.169.254/',
    'http://receiver.example.com/',
    'http://127.0.0.1:8787/edge/keys',
    'http://localhost:8787/',
    'http://127.0.0.1.nip.io:9000/',
  ])('Even in development a webhook may not go to %s', (url) => {
    expect(() => checkDestination(url, development)).toThrow(/^webhook: /)
  })
})
