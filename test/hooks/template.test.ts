import { describe, expect, it } from 'vitest'
import { MAX_RENDERED_CHARACTERS, render, templateFault } from '../../src/hooks/template.ts'

const VALUES = {
  event: {
    text: 'hello {{event.user.name}}',
    user: { name: 'Ann' },
    images: [{ name: 'a' }, { name: 'b' }],
    quoted: null,
  },
}

describe('a template', () => {
  it.each([
    ['{{event.user.name}} asks', 'Ann asks'],
    ['{{ event.user.name }}', 'Ann'],
    ['{{event.missing}}.', '.'],
    ['{{event.user}}', '{"name":"Ann"}'],
    ['{{#event.images}}[{{name}}]{{/event.images}}', '[a][b]'],
    ['{{#event.quoted}}> {{.}}{{/event.quoted}}none', 'none'],
    ['{{#event.user}}{{name}}{{/event.user}}', 'Ann'],
    ['{{event.images.1.name}}', 'b'],
    ['{{constructor}}{{event.__proto__}}', ''],
    ['{{not a tag}} { {x} }', '{{not a tag}} { {x} }'],
  ])('%j is rendered as %j', (template, text) => {
    expect(render(template, VALUES)).toBe(text)
  })

  it('A value is never read as a template.', () => {
    expect(render('{{event.text}}', VALUES)).toBe('hello {{event.user.name}}')
  })

  it('A long result is cut, and the cut is marked.', () => {
    const text = render('{{event.text}}', { event: { text: 'x'.repeat(100_000) } })
    expect(text).toHaveLength(MAX_RENDERED_CHARACTERS)
    expect(text.endsWith('\n[cut]')).toBe(true)
  })

  it.each([
    ['{{#a}}{{b}}{{/a}}', 32 * 1024],
    // Each element counts as a character.
    ['{{#a}}{{#a}}{{#a}}x{{/a}}{{/a}}{{/a}}', 16 * 1024 + 6],
    ['{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}', 6],
  ])('An event with 100,000 elements costs no more than a cut result: %j', (template, length) => {
    const values = { a: Array(100_000).fill(1), b: 'x'.repeat(400_000) }
    const text = render(template, values)
    expect(text).toHaveLength(length)
    expect(text.endsWith('\n[cut]')).toBe(true)
  })

  it('A value that is nested too deeply to be written is left out.', () => {
    const deep: unknown = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000))
    expect(render('<{{a}}>', { a: deep })).toBe('<>')
  })

  it.each([
    ['{{#a}}x', '{{#a}} is not closed'],
    ['x{{/a}}', '{{/a}} closes a section that is not open'],
    ['{{#a}}{{#b}}{{/a}}{{/b}}', '{{/a}} closes a section that is not open'],
    ['{{#a}}{{/a}}', undefined],
  ])('The fault of %j is found.', (template, fault) => {
    expect(templateFault(template)).toBe(fault)
  })
})
