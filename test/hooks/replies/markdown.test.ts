import { describe, expect, it } from 'vitest'
import { inDialect } from '../../../src/hooks/replies/markdown.ts'

const TABLE = '| a | b |\n| - | - |\n| 1 | 2 |'

describe('Acceptance test 13: dialects of Markdown', () => {
  it.each([
    ['github', '# T\n**b**', '# T\n**b**'],
    ['github', TABLE, TABLE],
    ['slack', '## **Bold title**', '*Bold title*'],
    ['slack', '__bold__', '*bold*'],
    ['slack', '*italic* and **bold**', '_italic_ and *bold*'],
    ['feishu', '## **T**', '**T**'],
    ['slack', '![chart](https://a.example/c.png)', '<https://a.example/c.png|chart>'],
    ['slack', 'a * b * c', 'a * b * c'],
    ['slack', '1. one\n2. two', '1. one\n2. two'],
    ['slack', '> quoted', '> quoted'],
    ['dingtalk', '**b** `c` [l](https://a.example)', '**b** `c` [l](https://a.example)'],
    ['dingtalk', 'one\n\ntwo', 'one\n\ntwo'],
    ['feishu', '**b** `c`', '**b** `c`'],
    ['feishu', '###### Deep', '**Deep**'],
    ['wecom', '# T\n**b** `c`', '# T\n**b** `c`'],
    ['wecom', TABLE, `\`\`\`\n${TABLE}\n\`\`\``],
    ['plain', '- one', '- one'],
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
  ] as const)('For %s, Markdown is written as requested: %j', (dialect, markdown, written) => {
    expect(inDialect(markdown, dialect)).toBe(written)
  })

  it.each([
    ['slack', 'Hey <!channel> & <@U1>', 'Hey &lt;!channel&gt; &amp; &lt;@U1&gt;'],
    ['slack', '> a quote with a > b', '> a quote with a &gt; b'],
    ['slack', '```\n<!here>\n```', '```\n&lt;!here&gt;\n```'],
    ['feishu', '<at id=all></at> hi', '&#60;at id=all>&#60;/at> hi'],
    ['feishu', 'a < b and <b>', 'a < b and <b>'],
    ['wecom', '<@ann> hi', '< @ann> hi'],
    ['github', 'Hi @all, `@all`', 'Hi @\u200ball, `@all`'],
    ['github', 'mail@all.example', 'mail@all.example'],
    ['plain', '<at user_id="all"></at>', '< at user_id="all">< /at>'],
  ] as const)('For %s, mentions that a model writes have no effect: %j', (dialect, markdown, written) => {
    expect(inDialect(markdown, dialect)).toBe(written)
  })

  it('Every character of a code block is kept.', () => {
    const code = '```md\n# not a title\n**not bold** | a |\n```'
    for (const dialect of ['slack', 'dingtalk', 'feishu', 'wecom', 'plain'] as const) {
      expect(inDialect(code, dialect)).toBe(code)
      expect(inDialect('```\n**open', dialect)).toBe('```\n**open')
    }
  })
})
