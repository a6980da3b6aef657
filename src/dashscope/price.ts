/** Money per million tokens, for requests whose input has at most `upTo` tokens. */
export interface Tier {
  /** Absent: no upper bound. */
  upTo?: number
  input: number
  output: number
  /** For the whole output of a response that includes thinking; absent: the same as `output`. */
  thinking?: number
  /** For input read from the implicit context cache; absent: a fifth of `input`. */
  cached?: number
  /** For input read from the explicit context cache; absent: a tenth of `input`. */
  cachedExplicit?: number
  /** For input written into the explicit context cache; absent: 1.25 times `input`. */
  written?: number
  /** For image and video tokens of the input; absent: the same as `input`. */
  mediaInput?: number
  /** For audio tokens of the input; absent: the same as `input`. */
  audioInput?: number
  /** For audio tokens of the output; absent: the same as `output`. */
  audioOutput?: number
}

/** A price by name, and `*` for every other name. */
export type PriceByName = Readonly<Record<string, number>>

/** What a model costs, in each unit that it is billed in. A unit without a price is free. */
export interface Price {
  /** By tokens: cheaper tiers first; input beyond the last tier costs what the last tier says. */
  tiers?: readonly [Tier, ...Tier[]]
  /** Money per 10,000 characters. */
  per10kCharacters?: number
  /** Money per second of audio. A model that reports tokens as well is billed by seconds. */
  perSecond?: number
  perImage?: number
  /** Money per second of video, by resolution. */
  perVideoSecond?: PriceByName
  /** Money per call of a built-in tool, by its name. */
  perCall?: PriceByName
  /** Money per page of a PDF document. */
  perPage?: number
  /** Factor for requests in a batch; absent: 0.5. */
  batch?: number
}

/** Token prices may be written as a plain list of tiers. */
export type PriceRow = readonly [Tier, ...Tier[]] | Price

/** The price that a row stands for. */
export function asPrice(row: PriceRow): Price {
  return 'length' in row ? { tiers: row } : row
}
