import type { Failure } from '../dashscope/upstream-errors.ts'
import { isJsonObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'

/** The longest known wording has 90 characters. */
const MAX_REFUSAL_CHARACTERS = 240

/** The prefix of DashScope's messages (`<400> InternalError.Algo.InvalidParameter: `) and the link after them. */
const CODE_BEFORE = /^(?:<\d{3}>\s*)?(?:[A-Z][\w.]*:\s+)?/
const LINK_AFTER = /\s*(?:for (?:more )?(?:details|information)|see|refer to)\b[^.]*https?:.*$/i

/** Quoted values and lists: a message with them is about the content of the request. */
const QUOTING =
  /["'`\u2018-\u201d{}[\]:<>]|\b(?:invalid|expected|unexpected|received|unknown|got|values?|one of)\b/i

/**
 * The wordings of "only streams", ignoring case and punctuation (DashScope's error page, issues of its SDKs):
 * streaming is the only mode, or non-streaming is not supported. Each pattern matches a whole sentence.
 */
const STREAM =
  '(?:streams?|streaming|streamed|stream (?:mode|output|calls?)|streaming (?:mode|output|calls?|responses?))'
const PLAIN =
  '(?:http|sync(?:hronous)?|non ?stream(?:ing|ed)?|plain)(?: (?:mode|output|calls?|requests?|responses?))?'
const SUBJECT = '(?:[a-z0-9._-]+ ){0,6}'
const SENTENCES: readonly RegExp[] = [
  new RegExp(
    `^${SUBJECT}(?:only|just) (?:supports?|accepts?|allows?|works? (?:with|in)|available (?:as|in)) (?:the )?${STREAM}$`,
  ),
  new RegExp(
    `^(?:only )?(?:the )?${STREAM} (?:only|is the only \\w+|(?:is|are) supported)(?: (?:by|for) ${SUBJECT}model)?$`,
  ),
  new RegExp(
    `^${SUBJECT}(?:does not|doesnt|do not|cannot|can not|not) (?:support|supported|allow|accept|use|be called with)(?: the| by| for)? ?${PLAIN}$`,
  ),
  new RegExp(`^${PLAIN} (?:is|are|does|do) not (?:supported|allowed|available|support)(?: .{1,60})?$`),
  new RegExp(`^${SUBJECT}must be (?:set to )?(?:false|disabled|off) (?:for|in|with) ${PLAIN}$`),
  new RegExp(
    `^${SUBJECT}(?:must|should|has to|needs? to|requires?)(?: be)?(?: called| used| use| enable| set| invoked)?(?: with| in| as| the| a| to)* ?${STREAM}(?: enabled| parameter| true| set to true)?$`,
  ),
]
/** What may follow the refusal: how to fix the request. */
const ADVICE = /^(?:please |so )?(?:enable|set|use|turn on|add|call|switch)\b.*\bstream/

/** Whether DashScope refused a request only because it was not a stream; the whole message must be about that. */
export function refusesForStream({ status, message }: Pick<Failure, 'status' | 'message'>): boolean {
  if (status !== 400 || message.length > MAX_REFUSAL_CHARACTERS) return false
  const said = message.trim().replace(LINK_AFTER, '').replace(CODE_BEFORE, '')
  if (QUOTING.test(said)) return false
  const [first = '', ...others] = said
    .split(/[.,;!](?:\s+|$)/)
    .map(plainWords)
    .filter(Boolean)
  return SENTENCES.some((sentence) => sentence.test(first)) && others.every((other) => ADVICE.test(other))
}

function plainWords(sentence: string): string {
  return sentence
    .toLowerCase()
    .replace(/[^a-z0-9._ ]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * Whether a refusal may be held against all requests of the same kind. DashScope quotes the request's text in its
 * messages, so a refusal of a request that itself mentions streams is not evidence.
 */
export function teachesAboutStreams(body: Uint8Array | undefined): boolean {
  const text = textOf(body)
  if (!/stream|http|\\u/i.test(text)) return true
  return !mentionsStreams(JSON.parse(text))
}

function mentionsStreams(body: unknown): boolean {
  const pending: unknown[] = [body]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value === 'string' && /stream|http call/i.test(value)) return true
    if (Array.isArray(value)) pending.push(...value.filter((each) => each !== undefined))
    else if (isJsonObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        if (/stream/i.test(name) && name !== 'stream' && name !== 'stream_options') return true
        if (member !== undefined) pending.push(member)
      }
    }
  }
  return false
}
