import { describe, expect, it } from 'vitest'
import { inDialect } from '../../../src/hooks/replies/markdown.ts'

const TABLE = '| a | b |\n| - | - |\n| 1 | 2 |'

describe('Acceptance test 13: dialects of Markdown', () => {
  it.each([
    ['github', '# T\n**b**', '# T\n**b**'],
    ['slack', '# Title', '*Title*'],
    ['slack', '**bold** and ~~gone~~', '*bold* and ~gone~'],
    ['slack', '[docs](https://a.example/x)', '<https://a.example/x|docs>'],
    ['slack', '- one\n- two', '• one\n• two'],
    ['slack', TABLE, `\`\`\`\n${TABLE}\n\`\`\``],
    ['dingtalk', 'one\ntwo', 'one\n\ntwo'],
    ['dingtalk', '- one\n- two', '- one\n- two'],
    ['dingtalk', TABLE, `\`\`\`\n${TABLE}\n\`\`\``],
    ['feishu', `## T\n${TABLE}`, `**T**\n${TABLE}`],
    ['wecom', '- one\n![i](https://a.example/i.png)', '· one\n[i](https://a.example/i.png)'],
    ['plain', '# T\n**b** [l](https://a.example)', 'T\nb l (https://a.example)'],
  ] as const)('writes for %s: %j', (dialect, markdown, written) => {
    expect(inDialect(markdown, dialect)).toBe(written)
  })

  it('keeps every character of a code block', () => {
    const code = '```md\n# not a title\n**not bold** | a |\n```'
    for (const dialect of ['slack', 'dingtalk', 'feishu', 'wecom', 'plain'] as const) {
      expect(inDialect(code, dialect)).toBe(code)
      expect(inDialect('```\n**open', dialect)).toBe('```\n**open')
    }
  })
})
