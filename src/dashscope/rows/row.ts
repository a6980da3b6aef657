import { type Endpoint, pathPattern } from '../endpoint.ts'
import { submit } from '../schemas/native.ts'

/** DashScope responds to a lookup within milliseconds. */
const LOOKUP_SECONDS = 30

/** Vectors, rankings and task submits are computed at once. */
const VECTOR_SECONDS = 60

/** Defaults of all endpoints; a row states only what differs. */
const defaults = {
  model: 'body',
  stream: 'never',
  isGenerated: false,
  lengthFields: [],
  needsCount: false,
  cacheable: false,
  repeatable: 'freely',
  isAccountBound: false,
  isDownload: false,
} as const

/** A native model call, billed by its usage. */
export const native = { dialect: 'native', body: 'json', cacheable: true, usage: ['usage'] } as const
/** A model call of the compatible API. */
export const compatible = { ...native, dialect: 'compatible' } as const
/** The model writes text. */
export const generated = {
  isGenerated: true,
  lengthFields: ['max_tokens', 'max_completion_tokens'],
  thinking: 'budget',
} as const
/** The result is available quickly. */
export const computed = { firstByteSeconds: VECTOR_SECONDS } as const
/** A free lookup without a body. */
export const lookup = {
  dialect: 'native',
  body: 'none',
  model: 'none',
  firstByteSeconds: LOOKUP_SECONDS,
} as const
/** The response is a task, or may be one. */
export const createsTask = { kind: 'task', action: 'create' } as const
/** `{id}` is a task. */
export const ownsTask = { kind: 'task', action: 'read' } as const
/** A file request of the compatible API. */
export const compatibleFile = { dialect: 'compatible', body: 'none', model: 'none' } as const
/** `{id}` is a file. */
export const ownsFile = { kind: 'file', action: 'read' } as const

type Defaulted = keyof typeof defaults
type Row = Omit<Endpoint, 'method' | 'pattern' | 'name' | Defaulted> & Partial<Pick<Endpoint, Defaulted>>

/** Builds a row from its traits and the defaults. */
export function row(method: Endpoint['method'], path: string, name: string, traits: Row): Endpoint {
  return { ...defaults, ...traits, method, pattern: pathPattern(path), name }
}

/** An endpoint that always creates a task: an accepted request must not be sent twice. */
export function submitRow(path: string, name: string, product: NonNullable<Endpoint['product']>): Endpoint {
  return row('POST', path, name, {
    ...native,
    ...computed,
    schema: submit,
    needsCount: true,
    product,
    cacheable: false,
    repeatable: 'refused',
    ownership: createsTask,
  })
}

/** A check that responds quickly and is billed per image. */
export function checkRow(path: string, name: string): Endpoint {
  return row('POST', path, name, {
    ...native,
    ...computed,
    schema: submit,
    product: 'image',
    cacheable: false,
  })
}
