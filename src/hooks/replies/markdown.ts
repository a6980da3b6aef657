/** The Markdown dialects of the platforms. */
export type MarkdownDialect = 'github' | 'slack' | 'dingtalk' | 'feishu' | 'wecom' | 'plain'

/** A row of a table, or its head. */
const TABLE_ROW = /^\s*\|.*\|\s*$/

/**
 * Translates the Markdown of a model into a platform's dialect. Code blocks keep every character. Users can make a
 * model write mentions, which must not notify anyone, so mentions become plain text.
 */
export function inDialect(markdown: string, dialect: MarkdownDialect): string {
  const harmless = MENTIONS[dialect](markdown)
  if (dialect === 'github') return harmless
  const withoutTables = dialect === 'feishu' ? harmless : outsideCode(harmless, tablesAsCode)
  return outsideCode(withoutTables, INLINE[dialect])
}

/** Neutralizes mentions of people and whole groups. Slack and Feishu interpret them even in code blocks. */
const MENTIONS: Readonly<Record<MarkdownDialect, (text: string) => string>> = {
  github: (text) => outsideCode(text, (part) => part.replace(/(^|[^\w`])@all\b/gi, '$1@\u200ball')),
  // Escapes the three special characters of Slack; a ">" at the start of a line is a quote.
  slack: (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replace(/(?<=[^\n])>/g, '&gt;'),
  dingtalk: (text) => text,
  feishu: (text) => text.replace(/<(?=\/?at\b)/gi, '&#60;'),
  wecom: (text) => text.replaceAll('<@', '< @'),
  plain: (text) => text.replace(/<(?=\/?at\b|[@!])/gi, '< '),
}

/** Placeholder for the asterisks of bold text while italic text is translated. */
const BOLD = '\u0001'

const INLINE: Readonly<Record<Exclude<MarkdownDialect, 'github'>, (text: string) => string>> = {
  // Slack mrkdwn: *bold*, _italic_, ~strike~, <url|text>, no headings.
  slack: (text) =>
    text
      .replace(/^#{1,6}\s+(.+?)\s*#*$/gm, (_, title: string) => BOLD + withoutBold(title) + BOLD)
      .replace(/\*\*([^*\n]+)\*\*|__([^_\n]+)__/g, (_, bold = '', other = '') => BOLD + bold + other + BOLD)
      .replace(/(?<![*\w])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![*\w])/g, '_$1_')
      .replaceAll(BOLD, '*')
      .replace(/~~([^~\n]+)~~/g, '~$1~')
      .replace(/!?\[([^\]\n]*)\]\((https?:[^)\s]+)\)/g, '<$2|$1>')
      .replace(/^(\s*)[-*+]\s+/gm, '$1• '),
  // DingTalk ends a paragraph only at a blank line.
  dingtalk: (text) => text.replace(/([^\n])\n(?=[^\n\s>|#\-*\d])/g, '$1\n\n'),
  feishu: (text) =>
    text.replace(/^#{1,6}\s+(.+?)\s*#*$/gm, (_, title: string) => `**${withoutBold(title)}**`),
  // WeCom has headings, bold, links, quotes and inline code, but no lists and no images.
  wecom: (text) =>
    text.replace(/!\[([^\]\n]*)\]\((https?:[^)\s]+)\)/g, '[$1]($2)').replace(/^(\s*)[-*+]\s+/gm, '$1· '),
  plain: (text) =>
    text
      .replace(/^#{1,6}\s+/gm, '')
      .replace(/\*\*([^*\n]+)\*\*/g, '$1')
      .replace(/!?\[([^\]\n]*)\]\((https?:[^)\s]+)\)/g, '$1 ($2)'),
}

function withoutBold(title: string): string {
  return title.replace(/\*\*|__/g, '')
}

/** Applies a change to the text between code blocks. */
function outsideCode(markdown: string, change: (text: string) => string): string {
  return markdown
    .split(/(^ {0,3}(?:`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}(?:`{3,}|~{3,})[ \t]*$|$(?![\s\S])))/m)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('')
}

/** Converts tables to code blocks, so that their columns stay aligned. */
function tablesAsCode(text: string): string {
  const lines = text.split('\n')
  const written: string[] = []
  for (let at = 0; at < lines.length; ) {
    const isTable = TABLE_ROW.test(lines[at] ?? '') && /^\s*\|[\s:|-]+\|\s*$/.test(lines[at + 1] ?? '')
    let end = at
    while (isTable && TABLE_ROW.test(lines[end] ?? '')) end++
    if (isTable) written.push('```', ...lines.slice(at, end), '```')
    else written.push(lines[at] ?? '')
    at = Math.max(end, at + 1)
  }
  return written.join('\n')
}
