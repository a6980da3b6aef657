/** How ownership of a kind of object is recorded, and where requests and responses name it. */
export interface Ownable {
  /** The noun in error messages. */
  noun: string
  /**
   * Where the owner is recorded. `meter`: in the meter of the key or end user that created it; other callers cannot
   * use it. `registry`: across all keys; an id that no key created belongs to DashScope and is allowed. `policy`:
   * created outside the gateway; the key lists the ids that it may use. `none`: not recorded, so requests may not use
   * it.
   */
  owner: 'meter' | 'registry' | 'policy' | 'none'
  /**
   * Days that the owner is recorded, at least as long as DashScope keeps the object; undefined: until it is deleted.
   */
  days?: number
  /** Paths of member names to the id in the response, or in the stream event, that reports the new object. */
  madeAt: readonly (readonly string[])[]
  /** Members of a body that hold an id: a string, a list of strings, or an object with an `id`. */
  members: readonly string[]
  /**
   * The members count only in requests to endpoints that create this kind of object; elsewhere DashScope ignores
   * them.
   */
  where?: 'response' | 'session'
  /** The members also count in the tools of a request. */
  inTools?: true
  /** The object can also be named by a URL with this scheme: anywhere within a text, or as a whole text. */
  scheme?: { name: string; place: 'within' | 'whole' }
}

/** The rows of the table, by kind. */
type Rows = Readonly<Record<string, Ownable>>

/**
 * Every kind of object whose id is valid in the whole account, so that without checks any key could use it (promise
 * P7). A new kind is a new row: the search in bodies, the checks, the records and their tests read this table.
 */
export const OWNABLE = {
  // A result is kept for 24 hours; a week leaves room for late lookups.
  task: { noun: 'task', owner: 'meter', days: 7, madeAt: [['output', 'task_id']], members: [] },
  file: {
    noun: 'file',
    owner: 'meter',
    madeAt: [['id']],
    members: ['file_id', 'fileId', 'file_ids', 'fileIds', 'input_file_id'],
    scheme: { name: 'fileid', place: 'within' },
  },
  // Files of the native API; no served endpoint names one in its body.
  'native-file': {
    noun: 'file',
    owner: 'meter',
    madeAt: [['data', 'uploaded_files', '0', 'file_id']],
    members: [],
  },
  // A video of OpenAI's API is a task; its id also encodes the parameters of the request. Results are kept for 24
  // hours.
  video: { noun: 'video', owner: 'meter', days: 2, madeAt: [], members: [] },
  // A temporary upload is kept for 48 hours. Its directory is the owned object.
  upload: {
    noun: 'upload',
    owner: 'meter',
    days: 2,
    madeAt: [['data', 'upload_dir']],
    members: [],
    scheme: { name: 'oss', place: 'whole' },
  },
  // Ids of responses are valid for 7 days; in a stream the first event, `response.created`, contains the response.
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
  // Not recorded: a response has several items, each would be a row, and in a stream their ids come with the text.
  // Clients can send the item itself.
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
    members: ['vocabulary_id', 'resource_id'],
  },
  knowledge: {
    noun: 'knowledge base or memory',
    owner: 'policy',
    madeAt: [],
    members: ['vector_store_ids', 'pipeline_ids', 'memory_id'],
    inTools: true,
  },
} as const satisfies Rows

/** A kind of object that DashScope stores per account and the gateway assigns to keys. */
export type OwnedKind = keyof typeof OWNABLE

/** The row of a kind. */
export function ownable(kind: OwnedKind): Ownable {
  return OWNABLE[kind]
}

/** All kinds, in the order of the table. */
export const OWNED_KINDS = Object.keys(OWNABLE) as OwnedKind[]
