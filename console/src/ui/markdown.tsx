import { effect, type ReadonlySignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import * as smd from 'streaming-markdown'
import { texts } from '../texts/texts.ts'

/** Allowed schemes of links in a model's text; other links stay text. */
const LINK_SCHEMES = ['http:', 'https:', 'mailto:']

/** The maximum nesting; thousands of nested elements crash the browser. */
const MAX_DEPTH = 16

interface Target {
  nodes: Element[]
  /** A link or image whose URL has not arrived yet. */
  pending: HTMLAnchorElement | undefined
}

/**
 * Renders growing Markdown without parsing HTML: only elements and text nodes, appended at the end. Images are not
 * loaded, because a URL in a model's text can leak the conversation.
 *
 * @param props.source text that only grows at its end.
 * @param props.isEnded whether nothing will be added: text held back by the parser, such as the start of a table, is
 *   then rendered as text.
 */
export function Markdown({ source, isEnded }: { source: ReadonlySignal<string>; isEnded: boolean }) {
  const host = useRef<HTMLDivElement>(null)
  const writer = useRef<Writer>(undefined)
  useLayoutEffect(() => {
    const root = host.current
    if (!root) return
    root.replaceChildren()
    writer.current = { parser: begin(root), written: 0 }
    const { current } = writer
    return effect(() => write(current, source.value, false))
  }, [source])
  // Before the next paint: the figures under a response must not appear before its last word.
  useLayoutEffect(() => {
    if (!isEnded || !writer.current) return
    write(writer.current, source.peek(), true)
    smd.parser_end(writer.current.parser)
  }, [source, isEnded])
  return <div class="markdown" ref={host} />
}

/** The rendering state of a text. */
interface Writer {
  parser: smd.Parser
  written: number
}

/** Renders new text; its end may be held back until the next chunk. */
function write(writer: Writer, text: string, isEnded: boolean): void {
  const upTo = isEnded ? text.length : text.length - (UNDECIDED.exec(text.slice(-2))?.[0].length ?? 0)
  writeText(writer.parser, text.slice(writer.written, upTo), isEnded ? PRODUCT : PRODUCT_SO_FAR)
  writer.written = Math.max(writer.written, upTo)
}

/** `12*7` is a product and not emphasis; at the end of the text so far, the second number is still unknown. */
const UNDECIDED = /\d\*?$/
const PRODUCT = /(?<=\d)\*(?=\d)/
/** The second number may be what is held back. */
const PRODUCT_SO_FAR = /(?<=\d)\*(?=\d|$)/

/** Writes text to the parser with the asterisks of products escaped, except in code, where a backslash would show. */
function writeText(parser: smd.Parser, text: string, product: RegExp): void {
  const [first = '', ...rest] = text.split(product)
  smd.parser_write(parser, first)
  for (const part of rest) smd.parser_write(parser, (isInCode(parser) ? '*' : '\\*') + part)
}

function isInCode({ token }: smd.Parser): boolean {
  return token === smd.CODE_INLINE || token === smd.CODE_FENCE || token === smd.CODE_BLOCK
}

function begin(root: Element): smd.Parser {
  return smd.parser({
    data: { nodes: [root], pending: undefined } as Target,
    add_token: addToken,
    end_token: ({ nodes }) => {
      nodes.pop()
    },
    add_text: ({ nodes }, text) => {
      nodes.at(-1)?.append(text)
    },
    set_attr: setAttribute,
  })
}

const TAGS: Partial<Record<smd.Token, string>> = {
  [smd.PARAGRAPH]: 'p',
  [smd.HEADING_1]: 'h3',
  [smd.HEADING_2]: 'h4',
  [smd.HEADING_3]: 'h5',
  [smd.HEADING_4]: 'h6',
  [smd.HEADING_5]: 'h6',
  [smd.HEADING_6]: 'h6',
  [smd.CODE_INLINE]: 'code',
  [smd.ITALIC_AST]: 'em',
  [smd.ITALIC_UND]: 'em',
  [smd.STRONG_AST]: 'strong',
  [smd.STRONG_UND]: 'strong',
  [smd.STRIKE]: 's',
  [smd.BLOCKQUOTE]: 'blockquote',
  [smd.LINE_BREAK]: 'br',
  [smd.RULE]: 'hr',
  [smd.LIST_UNORDERED]: 'ul',
  [smd.LIST_ORDERED]: 'ol',
  [smd.LIST_ITEM]: 'li',
  [smd.TABLE]: 'table',
  [smd.TABLE_ROW]: 'tr',
  [smd.EQUATION_BLOCK]: 'code',
  [smd.EQUATION_INLINE]: 'code',
}

function addToken(target: Target, token: smd.Token): void {
  const parent = target.nodes.at(-1)
  if (!parent || token === smd.DOCUMENT) return
  if (target.nodes.length > MAX_DEPTH) {
    target.nodes.push(parent)
    return
  }
  const node = append(parent, token)
  if (node instanceof HTMLAnchorElement) target.pending = node
  target.nodes.push(node)
}

function append(parent: Element, token: smd.Token): Element {
  if (token === smd.CODE_BLOCK || token === smd.CODE_FENCE) {
    const block = document.createElement('pre')
    // A block that scrolls horizontally must be reachable by keyboard.
    block.tabIndex = 0
    return add(add(parent, block), document.createElement('code'))
  }
  if (token === smd.LINK || token === smd.RAW_URL || token === smd.IMAGE) {
    const link = document.createElement('a')
    if (token === smd.IMAGE) link.className = 'image-not-loaded'
    return add(parent, link)
  }
  if (token === smd.CHECKBOX) {
    const box = document.createElement('input')
    box.type = 'checkbox'
    box.disabled = true
    return add(parent, box)
  }
  if (token === smd.TABLE_CELL) return add(parent, document.createElement(isFirstRow(parent) ? 'th' : 'td'))
  return add(parent, document.createElement(TAGS[token] ?? 'span'))
}

function add(parent: Element, node: Element): Element {
  parent.append(node)
  return node
}

function isFirstRow(row: Element): boolean {
  return row.parentElement?.firstElementChild === row
}

function setAttribute({ nodes }: Target, name: smd.Attr, value: string): void {
  const node = nodes.at(-1)
  if (node instanceof HTMLAnchorElement && (name === smd.HREF || name === smd.SRC)) {
    if (node.className === 'image-not-loaded') node.textContent = notLoaded(value)
    setLink(node, value)
  } else if (name === smd.START && node instanceof HTMLOListElement) node.start = Number(value) || 1
  else if (name === smd.CHECKED && node instanceof HTMLInputElement) node.checked = true
  else if (name === smd.LANG && node?.parentElement instanceof HTMLPreElement) {
    node.parentElement.dataset.language = value.slice(0, 30)
  }
}

/** Shows the target of a link, since the model's text may say something else. */
function setLink(link: HTMLAnchorElement, address: string): void {
  const url = URL.parse(address.trim())
  if (!url || !LINK_SCHEMES.includes(url.protocol)) return
  link.href = url.href
  link.rel = 'noopener noreferrer nofollow'
  link.target = '_blank'
  link.dataset.host = url.host || url.pathname
}

function notLoaded(address: string): string {
  const { play } = texts()
  return play.notLoaded(play.image, hostOf(address))
}

function hostOf(address: string): string {
  const url = URL.parse(address.trim())
  return url && LINK_SCHEMES.includes(url.protocol) ? url.host : '—'
}
