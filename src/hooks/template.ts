import { isJsonObject } from '../lib/json/object.ts'

/** Longer prompts are truncated: an event must not determine how many tokens a request costs. */
export const MAX_RENDERED_CHARACTERS = 32 * 1024

const CUT_MARK = '\n[cut]'

/**
 * The output so far. `spent` counts characters, plus one per element, so that loops over empty sections are bounded
 * too.
 */
interface Output {
  text: string
  spent: number
}

const TAG = /\{\{(#|\/)?\s*([\w.-]{1,200})\s*\}\}/g

/**
 * Fills a template: `{{path}}` is the value at a path, `{{#path}}…{{/path}}` is its content if the value is present,
 * repeated for each element of an array (with `{{.}}` for the element). There is no other logic, and values are never
 * interpreted as templates.
 *
 * @param values the data; `{{event.text}}` is the member `text` of the member `event`.
 */
export function render(template: string, values: unknown): string {
  const output: Output = { text: '', spent: 0 }
  fill(template, [values], output)
  const { text, spent } = output
  return spent <= MAX_RENDERED_CHARACTERS
    ? text
    : text.slice(0, MAX_RENDERED_CHARACTERS - CUT_MARK.length) + CUT_MARK
}

/** What is wrong with a template; undefined if it is valid. */
export function templateFault(template: string): string | undefined {
  const open: string[] = []
  for (const [, mark, path] of template.matchAll(TAG)) {
    if (mark === '#') open.push(path ?? '')
    if (mark === '/' && open.pop() !== path) return `{{/${path}}} closes a section that is not open`
  }
  return open.length > 0 ? `{{#${open.at(-1)}}} is not closed` : undefined
}

function fill(template: string, scopes: readonly unknown[], output: Output): void {
  let at = 0
  for (const tag of template.matchAll(TAG)) {
    if (tag.index < at) continue
    if (output.spent > MAX_RENDERED_CHARACTERS) return
    const [whole, mark, path = ''] = tag
    write(output, template.slice(at, tag.index))
    at = tag.index + whole.length
    if (mark === undefined) write(output, written(lookup(path, scopes)))
    if (mark !== '#') continue
    const end = sectionEnd(template, at, path)
    const inside = template.slice(at, end.from)
    for (const item of itemsOf(lookup(path, scopes))) {
      // An event may have a hundred thousand elements.
      if (output.spent > MAX_RENDERED_CHARACTERS) return
      output.spent++
      fill(inside, [item, ...scopes], output)
    }
    at = end.to
  }
  write(output, template.slice(at))
}

function write(output: Output, text: string): void {
  output.text += text
  output.spent += text.length
}

/** The end of the section of a path that begins at `start`; sections of the same path may be nested. */
function sectionEnd(template: string, start: number, path: string): { from: number; to: number } {
  let depth = 1
  for (const tag of template.slice(start).matchAll(TAG)) {
    if (tag[2] !== path) continue
    if (tag[1] === '#') depth++
    if (tag[1] === '/' && --depth === 0)
      return { from: start + tag.index, to: start + tag.index + tag[0].length }
  }
  return { from: template.length, to: template.length }
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined || value === null || value === false || value === '' ? [] : [value]
}

function lookup(path: string, scopes: readonly unknown[]): unknown {
  if (path === '.') return scopes[0]
  const names = path.split('.')
  for (const scope of scopes) {
    const found = names.reduce<unknown>(memberOf, scope)
    if (found !== undefined) return found
  }
  return undefined
}

function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value) && /^\d{1,6}$/.test(name)) return value[Number(name)]
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function written(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value)
  } catch {
    // The value is nested too deeply.
    return ''
  }
}
