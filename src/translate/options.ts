import { GatewayError } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../lib/json/object.ts'

/**
 * The options of a request in OpenAI's format. Options that the translation did not read are refused by name:
 * silently ignoring one would give another image, voice or text than requested.
 */
export class Options {
  readonly #values: ReadonlyMap<string, unknown>
  readonly #unread: Set<string>
  /** Whether the values come from a form, in which numbers are strings too. */
  readonly #isForm: boolean

  /** @param values by name; null counts as absent, since OpenAI's SDKs send it. */
  constructor(values: ReadonlyMap<string, unknown>, isForm = false) {
    this.#values = new Map([...values].filter(([, value]) => value !== null && value !== undefined))
    this.#unread = new Set(this.#values.keys())
    this.#isForm = isForm
  }

  /** The options of a JSON body. */
  static of(body: JsonObject): Options {
    return new Options(new Map(Object.entries(body)))
  }

  /** The original value. */
  value(name: string): unknown {
    this.#unread.delete(name)
    return this.#values.get(name)
  }

  text(name: string): string | undefined {
    const value = this.value(name)
    if (value === undefined || typeof value === 'string') return value
    throw invalidOption(name, `expected a string, got ${kindOf(value)}`)
  }

  requiredText(name: string): string {
    const text = this.text(name)
    if (text !== undefined && text !== '') return text
    throw invalidOption(name, 'expected a string that is not empty')
  }

  /** @param allowed the values that DashScope supports. */
  oneOf<Value extends string>(name: string, allowed: readonly Value[]): Value | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const found = allowed.find((value) => value === text)
    if (found !== undefined) return found
    throw invalidOption(name, `${JSON.stringify(text.slice(0, 40))} is not supported; use ${listed(allowed)}`)
  }

  number(name: string, from: number, to: number): number | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    const number = this.#isForm && typeof value === 'string' && NUMBER.test(value) ? Number(value) : value
    if (typeof number === 'number' && number >= from && number <= to) return number
    throw invalidOption(name, `expected a number from ${from} to ${to}`)
  }

  wholeNumber(name: string, from: number, to: number): number | undefined {
    const number = this.number(name, from, to)
    if (number === undefined || Number.isInteger(number)) return number
    throw invalidOption(name, `expected a whole number from ${from} to ${to}`)
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name)
    const isWord = this.#isForm && (value === 'true' || value === 'false')
    if (isWord) return value === 'true'
    if (value === undefined || typeof value === 'boolean') return value
    throw invalidOption(name, `expected true or false, got ${kindOf(value)}`)
  }

  /** DashScope's options, which are passed on unchanged; in a form, numbers and switches are parsed. */
  passed(names: readonly string[]): JsonObject {
    const found: JsonObject = {}
    for (const name of names) {
      const value = this.value(name)
      if (value !== undefined) found[name] = this.#isForm ? scalarOf(value) : value
    }
    return found
  }

  /** Accepts options that DashScope lacks if their values match its behaviour. */
  ignoreAt(defaults: Readonly<Record<string, readonly unknown[]>>): void {
    for (const [name, values] of Object.entries(defaults)) {
      if (values.includes(this.#values.get(name))) this.#unread.delete(name)
    }
  }

  /**
   * Must be called last.
   *
   * @throws GatewayError `invalid`, naming an option that was not read.
   */
  refuseOthers(model: string): void {
    const [name] = this.#unread
    if (name === undefined) return
    throw invalidOption(name.slice(0, 64), `not supported for ${JSON.stringify(model)}. Leave it out`)
  }
}

const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/

function scalarOf(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : value
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  return isJsonObject(value) ? 'an object' : `a ${typeof value}`
}

function listed(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ')
}

/** The error for an option; the message begins with its name. */
export function invalidOption(param: string, what: string): GatewayError {
  return new GatewayError('invalid', `${param}: ${what}.`, { param })
}
