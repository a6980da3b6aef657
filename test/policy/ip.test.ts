import { describe, expect, it } from 'vitest'
import { isAddressRange, requireAllowedIp } from '../../src/policy/ip.ts'

function from(address: string | undefined): Headers {
  return new Headers(address === undefined ? {} : { 'cf-connecting-ip': address })
}

describe('requireAllowedIp', () => {
  it.each<[string, string, boolean]>([
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.128/25', '192.0.2.127', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '192.0.2.7', false],
    ['192.0.2.0/24', '::ffff:192.0.2.9', true],
    ['192.0.2.0/24', '::FFFF:c000:209', true],
    ['::ffff:192.0.2.0/120', '192.0.2.9', true],
    ['::ffff:192.0.2.0/120', '192.0.3.9', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['2001:DB8::1', '2001:db8:0:0:0:0:0:1', true],
    ['::1', '::1', true],
    ['::1', '::', false],
    ['1.0.0.0/8', '1.2.3.4', true],
    ['1.0.0.0/8', '::1.2.3.4', false],
  ])('Whether a key for %s may be used from %s: %j', (range, address, may) => {
    const allow = () => requireAllowedIp(['198.51.100.1', range], from(address))
    if (may) expect(allow).not.toThrow()
    else expect(allow).toThrow(expect.objectContaining({ status: 403 }))
  })

  it.each([
    undefined,
    '',
    'unknown',
    '192.0.2',
    '192.0.2.07',
    '192.0.2.7, 10.0.0.1',
    'fe80::1%eth0',
    '1::2::3',
  ])('The IP address %j gets in only if none is listed.', (address) => {
    expect(() => requireAllowedIp(undefined, from(address))).not.toThrow()
    expect(() => requireAllowedIp(['0.0.0.0/0', '::/0'], from(address))).toThrow(/not known/)
  })

  it("Only Cloudflare's header is trusted.", () => {
    const headers = new Headers({ 'x-forwarded-for': '192.0.2.7', 'x-real-ip': '192.0.2.7' })
    expect(() => requireAllowedIp(['192.0.2.7'], headers)).toThrow(/not known/)
  })

  it('The message does not repeat the IP address.', () => {
    expect(() => requireAllowedIp(['192.0.2.7'], from('198.51.100.9'))).not.toThrow(/198/)
  })
})

describe('isAddressRange', () => {
  it.each([
    '192.0.2.7',
    '192.0.2.0/24',
    '0.0.0.0/0',
    '10.0.0.1/32',
    '2001:db8::/32',
    '::/0',
    '::1/128',
    '::ffff:10.0.0.0/104',
  ])('%j is an IP address or range.', (text) => {
    expect(isAddressRange(text)).toBe(true)
  })

  it.each([
    '',
    '*',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/',
    '192.0.2.0/024',
    '192.0.2.0/24/24',
    '192.0.2.1/24',
    '192.0.2.256',
    '192.0.2',
    '0x7f.0.0.1',
    '2001:db8::1/32',
    '2001:db8::/129',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    '::ffff:10.0.0.0/8',
    '::1%lo',
    ' 192.0.2.7',
    'localhost',
  ])('%j is not an IP address or range.', (text) => {
    expect(isAddressRange(text)).toBe(false)
  })
})
