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

describe('A template', () => {
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
  ])('renders %j as %j', (template, text) => {
    expect(render(template, VALUES)).toBe(text)
  })

  it('never reads a value as a template', () => {
    expect(render('{{event.text}}', VALUES)).toBe('hello {{event.user.name}}')
  })

  it('cuts a long result and marks the cut', () => {
    const text = render('{{event.text}}', { event: { text: 'x'.repeat(100_000) } })
    expect(text).toHaveLength(MAX_RENDERED_CHARACTERS)
    expect(text.endsWith('\n[cut]')).toBe(true)
  })

  it.each([
    ['{{#a}}x', '{{#a}} is not closed'],
    ['x{{/a}}', '{{/a}} closes a section that is not open'],
    ['{{#a}}{{#b}}{{/a}}{{/b}}', '{{/a}} closes a section that is not open'],
    ['{{#a}}{{/a}}', undefined],
  ])('finds the fault of %j', (template, fault) => {
    expect(templateFault(template)).toBe(fault)
  })
})
