import { describe, expect, it } from 'vitest'
import { splitText } from '../../../src/hooks/replies/split.ts'
import { bytesOf } from '../../../src/lib/json/utf8.ts'

const size = (text: string) => bytesOf(text).byteLength

describe('Acceptance test 14: splitting a reply', () => {
  it.each([
    ['Chinese text', '千里之行，始于足下。'.repeat(400)],
    ['emoji of several code points', '👩‍👩‍👧‍👦🇨🇳😀'.repeat(300)],
    ['one word of 10 kB', 'x'.repeat(10_000)],
    ['paragraphs', 'One sentence here. Another one there.\n\n'.repeat(200)],
    ['a table', `| a | b |\n| - | - |\n${'| 1 | 2 |\n'.repeat(500)}`],
    ['nothing', ''],
  ])('Every byte of %s is kept, and no part exceeds the limit.', (_, text) => {
    const parts = splitText(text, 2048)
    expect(parts.join('')).toBe(text)
    expect(Math.max(...parts.map(size))).toBeLessThanOrEqual(2048)
    expect(parts.length).toBeLessThanOrEqual(Math.max(1, Math.ceil((2 * size(text)) / 2048)) + 1)
  })

  it('A code point is never cut in half.', () => {
    for (let length = 1; length < 40; length++) {
      const text = 'a'.repeat(length) + '😀'.repeat(500)
      expect(splitText(text, 256).every((part) => !/[\ud800-\udbff]$/.test(part))).toBe(true)
    }
  })

  it('A cut prefers the end of a paragraph, then of a line, then of a sentence.', () => {
    const words = 'word '.repeat(300)
    expect(splitText(`${'a '.repeat(80)}\n\n${words}`, 300)[0]).toBe(`${'a '.repeat(80)}\n\n`)
    expect(splitText(`${'a '.repeat(80)}\n${words}`, 300)[0]).toBe(`${'a '.repeat(80)}\n`)
    expect(splitText(`${'a '.repeat(80)}. ${words}`, 300)[0]).toBe(`${'a '.repeat(80)}. `)
  })

  it('A code block is closed at a cut and opened again.', () => {
    const code = `Before.\n\n\`\`\`ts\n${'const answer = 42\n'.repeat(60)}\`\`\`\n\nAfter.`
    const parts = splitText(code, 512)
    expect(parts.length).toBeGreaterThan(2)
    for (const part of parts) expect((part.match(/^```/gm) ?? []).length % 2).toBe(0)
    const joined = parts
      .map((part, index) => (index > 0 && part.startsWith('```ts\n') ? part.slice(6) : part))
      .map((part, index) => (index < parts.length - 1 && part.endsWith('\n```') ? part.slice(0, -3) : part))
      .join('')
    expect(joined).toBe(code)
  })
})
