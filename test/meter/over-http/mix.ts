import type { Asked } from '../../harness/caller.ts'
import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../../harness/caller.ts'
import { mulberry32 } from '../../harness/mulberry32.ts'

/** One request of the mix. */
export interface Planned {
  kind: string
  /** As the usage names it. */
  model: string
  asked: Pick<Asked, 'path' | 'body' | 'headers'>
  /** The status that the caller gets; for one that leaves, the status before. */
  status: number
  /** The caller leaves when two frames have arrived, after which DashScope is silent. */
  leaves?: boolean
}

type Question = Planned['asked']
type Make = (text: string) => Question

const APP = '/api/v1/apps/abc/completion'
const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'
const EMBEDDINGS = '/api/v1/services/embeddings/text-embedding/text-embedding'
const IMAGE = 'https://images.example/dog.png'

function native(model: string, headers: Record<string, string> = {}, parameters: object = {}): Make {
  return (text) => ({ path: TEXT, headers, body: nativeBody(model, text, parameters) })
}

function multimodal(model: string, headers: Record<string, string> = {}): Make {
  return (text) => ({
    path: MULTIMODAL,
    headers,
    body: { model, input: { messages: [{ role: 'user', content: [{ image: IMAGE }, { text }] }] } },
  })
}

interface Kind {
  kind: string
  model: string
  make: Make
  /** How many of the mix are so. */
  share: number
  status?: number
  leaves?: boolean
  /** How many questions they ask in turn; absent: each its own. */
  questions?: number
  /** Whether they follow each other without anything between. */
  together?: boolean
}

/** Each kind has its own model if its usage must be distinguished. */
const KINDS: readonly Kind[] = [
  { kind: 'native', model: 'qwen-max', make: native('qwen-max'), share: 50 },
  {
    kind: 'native stream',
    model: 'qwen-turbo',
    make: native('qwen-turbo', SSE, { incremental_output: true }),
    share: 80,
  },
  { kind: 'native stream of whole texts', model: 'qwen-plus', make: native('qwen-plus', SSE), share: 60 },
  {
    kind: 'thinking',
    model: 'qwen-plus-latest',
    make: native('qwen-plus-latest', SSE, { enable_thinking: true, incremental_output: true }),
    share: 60,
  },
  {
    kind: 'chat',
    model: 'qwen-flash',
    make: (text) => ({ path: CHAT, body: chatBody('qwen-flash', text) }),
    share: 60,
  },
  {
    kind: 'chat stream',
    model: 'qwen3-max',
    make: (text) => ({
      path: CHAT,
      body: chatBody('qwen3-max', text, { stream: true, stream_options: { include_usage: true } }),
    }),
    share: 80,
  },
  {
    kind: 'message',
    model: 'qwen3.5-plus',
    make: (text) => ({ path: MESSAGES, body: messagesBody('qwen3.5-plus', text) }),
    share: 40,
  },
  {
    kind: 'message stream',
    model: 'qwen3.5-flash',
    make: (text) => ({ path: MESSAGES, body: messagesBody('qwen3.5-flash', text, { stream: true }) }),
    share: 60,
  },
  {
    kind: 'embedding',
    model: 'text-embedding-v4',
    make: (text) => ({
      path: EMBEDDINGS,
      body: { model: 'text-embedding-v4', input: { texts: [text, 'b'] } },
    }),
    share: 40,
  },
  {
    kind: 'compatible embedding',
    model: 'text-embedding-v3',
    make: (text) => ({
      path: '/compatible-mode/v1/embeddings',
      body: { model: 'text-embedding-v3', input: [text] },
    }),
    share: 30,
  },
  { kind: 'multimodal', model: 'qwen3-vl-plus', make: multimodal('qwen3-vl-plus'), share: 30 },
  { kind: 'multimodal stream', model: 'qwen3-vl-flash', make: multimodal('qwen3-vl-flash', SSE), share: 30 },
  {
    kind: 'application',
    model: 'app:abc',
    make: (text) => ({ path: APP, body: { input: { prompt: text } } }),
    share: 20,
  },
  {
    kind: 'application stream',
    model: 'app:abc',
    make: (text) => ({ path: APP, headers: SSE, body: { input: { prompt: text } } }),
    share: 20,
  },
  {
    kind: 'response',
    model: 'qwen3.6-plus',
    make: (text) => ({
      path: '/compatible-mode/v1/responses',
      body: { model: 'qwen3.6-plus', input: text, stream: true },
    }),
    share: 20,
  },
  {
    kind: 'left',
    model: 'fault-stall-stream',
    make: native('fault-stall-stream', SSE),
    share: 60,
    leaves: true,
  },
  {
    kind: 'broken between frames',
    model: 'fault-cut-between',
    make: native('fault-cut-between', SSE),
    share: 40,
  },
  { kind: 'broken in a frame', model: 'fault-cut', make: native('fault-cut', SSE), share: 40 },
  {
    kind: 'refused',
    model: 'fault-status-429-Throttling.RateQuota',
    make: native('fault-status-429-Throttling.RateQuota'),
    share: 20,
    status: 429,
  },
  {
    kind: 'refused in the first event',
    model: 'fault-first-event-400-InvalidParameter',
    make: native('fault-first-event-400-InvalidParameter', SSE),
    share: 15,
    status: 400,
  },
  {
    kind: 'refused by name',
    model: 'no-such-model',
    make: native('no-such-model'),
    share: 15,
    status: 400,
  },
  { kind: 'asked again', model: 'qwen-long', make: native('qwen-long'), share: 100, questions: 10 },
  {
    kind: 'asked at once',
    model: 'fault-slow-400',
    make: native('fault-slow-400'),
    share: 30,
    questions: 1,
    together: true,
  },
]

const WORDS = [
  '你好',
  '世界',
  'hello',
  'tell me',
  '12*7',
  'more about',
  'ä€😀',
  'weather',
  '什么',
  'and',
] as const

/** The thousand requests of a seed, in an order of its own. */
export function plannedMix(seed: number): Planned[] {
  const random = mulberry32(seed)
  const words = (count: number) =>
    Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ')
  const planned = KINDS.flatMap(({ share, make, questions, together, status = 200, ...kind }) =>
    Array.from({ length: share }, (_, index) => {
      const text = questions
        ? `again ${index % questions}`
        : `${index} ${words(3 + Math.floor(random() * 40))}`
      return { ...kind, status, asked: make(text), at: together ? 0.5 : random() }
    }),
  )
  return planned.toSorted((one, other) => one.at - other.at)
}
