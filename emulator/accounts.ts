import { BoundedMap } from './bounded-map.ts'
import type { Call } from './calls.ts'
import type { Dialect } from './dialects.ts'
import { digits } from './digest.ts'
import type { JsonObject } from './json.ts'
import { type Problem, problem } from './problems.ts'
import type { Usage } from './tokens.ts'

/** A document uploaded to an account. `createdAt` is in seconds since 1970. */
export interface StoredFile {
  id: string
  name: string
  purpose: string
  bytes: number
  createdAt: number
  content: Uint8Array
}

/** An asynchronous task; its state depends on the time (task-state.ts). Times are in milliseconds since 1970. */
export interface Task {
  id: string
  requestId: string
  service: string
  model: string
  submittedAt: number
  pendingMilliseconds: number
  canceledAt: number | undefined
  fails: boolean
  pieces: number
  /** The resolution of a video, such as `720P`; undefined for other tasks. */
  resolution: string | undefined
}

/** A stored response of the Responses API. Times are in milliseconds since 1970. */
export interface StoredResponse {
  id: string
  /** The complete response. */
  whole: JsonObject
  /** Input items of this response and of those that it continues. */
  items: JsonObject[]
  createdAt: number
  /** Until then a background response is queued or in progress. */
  readyAt: number
  cancelledAt: number | undefined
  previousId: string | undefined
}

/** A conversation: its items in order. `createdAt` is in milliseconds since 1970. */
export interface Conversation {
  id: string
  createdAt: number
  metadata: JsonObject
  items: JsonObject[]
}

/** The result of a batch. `at` is in milliseconds since 1970. */
export interface BatchResult {
  at: number
  outputFile: string | null
  errorFile: string | null
  /** Why the whole batch was refused. */
  errors: JsonObject | undefined
  counts: { total: number; completed: number; failed: number }
  /** The usage of its lines. */
  billed: { model: string; usage: Usage }[]
}

/**
 * A batch of the requests in a file; its state depends on the time (batches.ts). Times are in milliseconds since
 * 1970.
 */
export interface Batch {
  id: string
  inputFile: string
  endpoint: string
  window: string
  metadata: JsonObject | null
  createdAt: number
  runsMilliseconds: number
  cancelledAt: number | undefined
  /** Set when the batch is first read after its end. */
  result: BatchResult | undefined
}

/** The emulator's state for one API key. Plain data, since requests may not share anything else. */
export interface Account {
  credential: string
  uid: string
  apiKeyId: string
  calls: Call[]
  files: BoundedMap<StoredFile>
  /** Files of the native API. */
  nativeFiles: BoundedMap<StoredFile>
  tasks: BoundedMap<Task>
  batches: BoundedMap<Batch>
  /** Application sessions: session id → turns so far. */
  sessions: BoundedMap<number>
  responses: BoundedMap<StoredResponse>
  conversations: BoundedMap<Conversation>
  /** Names of `once-` faults that have already occurred. */
  struck: Set<string>
}

/** Maximum numbers of accounts, and of what each has; the oldest are evicted. */
const MAX_ACCOUNTS = 1000
const MAX_TASKS = 2000
const MAX_ENTRIES = 500

const accounts = new BoundedMap<Account>(MAX_ACCOUNTS)

/** The account of a credential ('' for none), created on first use. */
export function accountOf(credential: string): Account {
  const known = accounts.get(credential)
  if (known !== undefined) return known
  const account: Account = {
    credential,
    uid: digits(credential, 16),
    apiKeyId: digits(`key:${credential}`, 6),
    calls: [],
    files: new BoundedMap(MAX_ENTRIES),
    nativeFiles: new BoundedMap(MAX_ENTRIES),
    tasks: new BoundedMap(MAX_TASKS),
    batches: new BoundedMap(MAX_ENTRIES),
    sessions: new BoundedMap(MAX_ENTRIES),
    responses: new BoundedMap(MAX_ENTRIES),
    conversations: new BoundedMap(MAX_ENTRIES),
    struck: new Set(),
  }
  accounts.set(credential, account)
  return account
}

/**
 * The key in a request, or '' without one. DashScope reads Authorization, X-DashScope-ApiKey and an `api_key` query
 * parameter; Anthropic clients send x-api-key.
 */
export function credentialOf(headers: Headers, url: URL, dialect: Dialect): string {
  const bearer = /^bearer\s+(.*)$/i.exec(headers.get('authorization') ?? '')?.[1]?.trim()
  const anthropicKey = dialect === 'anthropic' ? headers.get('x-api-key') : null
  return bearer ?? headers.get('x-dashscope-apikey') ?? anthropicKey ?? url.searchParams.get('api_key') ?? ''
}

/** The 401 problem for a credential that DashScope would not accept; otherwise undefined. */
export function refuseCredential(credential: string, dialect: Dialect): Problem | undefined {
  if (credential === '') return problem('InvalidApiKey', 'No API-key provided.')
  if (credential.startsWith('sk-') && !credential.includes('invalid')) return undefined
  if (dialect === 'native') return problem('InvalidApiKey')
  return problem(
    'InvalidApiKey',
    'Incorrect API key provided. For details, see: https://help.aliyun.com/zh/model-studio/error-code#apikey-error',
  )
}
