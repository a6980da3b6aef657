import { describe, expect, it } from 'vitest'
import { secretBox } from '../../src/lib/secret-box.ts'

const PURPOSE = 'tests 1'
const box = secretBox(['a token of the tests'], PURPOSE)

function seal(text: string, label = 'place'): string {
  const sealed = box.seal(text, label)
  if (sealed === undefined) throw new Error('The box has a token and must seal.')
  return sealed
}

describe('a secret box', () => {
  it('The box opens what it has sealed.', () => {
    expect(box.open(seal('whsec_秘密'), 'place')).toEqual({ text: 'whsec_秘密', isCurrent: true })
    expect(box.open(seal(''), 'place')).toEqual({ text: '', isCurrent: true })
  })

  it('The same text is sealed differently each time, and never shown.', () => {
    expect(seal('whsec_secret')).not.toBe(seal('whsec_secret'))
    expect(atob(seal('whsec_secret').split('.')[1] ?? '')).not.toContain('whsec')
  })

  it('The box opens what was sealed under the previous token, and reports it.', () => {
    const next = secretBox(['the next token', 'a token of the tests'], PURPOSE)
    expect(next.open(seal('x'), 'place')).toEqual({ text: 'x', isCurrent: false })
  })

  it('Without a token nothing is sealed.', () => {
    expect(secretBox([], PURPOSE).seal('x', 'place')).toBeUndefined()
  })

  const sealed = seal('x')
  const [nonce = '', ciphertext = ''] = sealed.split('.')
  const flipped = `${ciphertext[0] === 'A' ? 'B' : 'A'}${ciphertext.slice(1)}`
  it.each([
    ['under another label', box, sealed, 'elsewhere'],
    ['under another token', secretBox(['another token'], PURPOSE), sealed, 'place'],
    ['for another purpose', secretBox(['a token of the tests'], 'tests 2'), sealed, 'place'],
    ['after one bit was changed', box, `${nonce}.${flipped}`, 'place'],
    ['with a part missing', box, nonce, 'place'],
    ['in plain text', box, 'whsec_plain', 'place'],
    ['that is empty', box, '', 'place'],
    ['that is shorter than its tag', box, `${nonce}.AAAA`, 'place'],
  ])('The box does not open a text %s', (_, opener, text, label) => {
    expect(opener.open(text, label)).toBeUndefined()
  })
})
