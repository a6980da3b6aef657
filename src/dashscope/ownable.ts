/** How the gateway knows which key owns a kind of thing, and where requests and responses name it. */
export interface Ownable {
  /** What error messages call it. */
  noun: string
  /**
   * Where the owner is recorded. `meter`: in the meter of the key or end user that made it; no other caller can name it.
   * `registry`: across all keys; an id that no key made is one of DashScope's own and passes. `policy`: it is made outside
   * of the gateway, so the operator lists in the key which ones it may name. `none`: it is not recorded, so no caller may name
   * it.
   */
  owner: 'meter' | 'registry' | 'policy' | 'none'
  /** Days that the gateway remembers the owner, at least as long as DashScope keeps it; absent: until it is deleted. */
  days?: number
  /** Paths of member names to the id in the response, or in an event of the stream, that made it. */
  madeAt: readonly (readonly string[])[]
  /** Members of a body that name one: as text, as texts in a list, or as an object with an `id`. */
  members: readonly string[]
  /** Members count only in requests to endpoints that make a thing of this kind; elsewhere DashScope ignores them. */
  where?: 'response' | 'session'
  /** These members also count in the tools of a request. */
  inTools?: true
  /** It can also be named by an address of this scheme: anywhere in a text, or as a whole text. */
  scheme?: { name: string; place: 'within' | 'whole' }
}

/** One row of the table; its name is checked below. */
type Rows = Readonly<Record<string, Ownable>>

/**
 * Every kind of thing that has a name in the whole account, so that any key of the account could use it (promise P7). A new
 * kind is a new row: the walk over bodies, the checks, the records and their tests read this table.
 */
export const OWNABLE = {
  // A result is kept for 24 hours; a week leaves room for late questions.
  task: { noun: 'task', owner: 'meter', days: 7, madeAt: [['output', 'task_id']], members: [] },
  file: {
    noun: 'file',
    owner: 'meter',
    madeAt: [['id']],
    members: ['file_id', 'fileId', 'file_ids', 'fileIds', 'input_file_id'],
    scheme: { name: 'fileid', place: 'within' },
  },
  // Files of the native API; no body of an endpoint that is served names one.
  'native-file': {
    noun: 'file',
    owner: 'meter',
    madeAt: [['data', 'uploaded_files', '0', 'file_id']],
    members: [],
  },
  // A video of OpenAI's API is a task; its id says more of it than the task does. Results are kept for 24 hours.
  video: { noun: 'video', owner: 'meter', days: 2, madeAt: [], members: [] },
  // A temporary upload is kept for 48 hours. What is owned is its directory.
  upload: {
    noun: 'upload',
    owner: 'meter',
    days: 2,
    madeAt: [['data', 'upload_dir']],
    members: [],
    scheme: { name: 'oss', place: 'whole' },
  },
  // Ids of responses are valid for 7 days; in a stream the first event, `response.created`, holds the response.
  response: {
    noun: 'response',
    owner: 'meter',
    days: 8,
    madeAt: [['response', 'id'], ['id']],
    members: ['previous_response_id'],
    where: 'response',
  },
  conversation: {
    noun: 'conversation',
    owner: 'meter',
    madeAt: [['id']],
    members: ['conversation'],
    where: 'response',
  },
  // A response has several, each a row to write, and in a stream their ids come with the text. Clients can send the item.
  item: { noun: 'item', owner: 'none', madeAt: [], members: [] },
  batch: { noun: 'batch', owner: 'meter', madeAt: [['id']], members: [] },
  // A session of an application ends an hour after its last turn.
  session: {
    noun: 'session',
    owner: 'meter',
    days: 2,
    madeAt: [['output', 'session_id']],
    members: ['session_id'],
    where: 'session',
  },
  voice: {
    noun: 'voice',
    owner: 'registry',
    madeAt: [
      ['output', 'voice_id'],
      ['output', 'voice'],
    ],
    members: ['voice', 'voice_id'],
  },
  vocabulary: {
    noun: 'vocabulary',
    owner: 'registry',
    madeAt: [['output', 'vocabulary_id']],
    members: ['vocabulary_id'],
  },
  knowledge: {
    noun: 'knowledge base or memory',
    owner: 'policy',
    madeAt: [],
    members: ['vector_store_ids', 'pipeline_ids', 'memory_id'],
    inTools: true,
  },
} as const satisfies Rows

/** A kind of thing that DashScope keeps per account and the gateway per key. */
export type OwnedKind = keyof typeof OWNABLE

/** The row of a kind. */
export function ownable(kind: OwnedKind): Ownable {
  return OWNABLE[kind]
}

/** All kinds, in the order of the table. */
export const OWNED_KINDS = Object.keys(OWNABLE) as OwnedKind[]
