/** Money per million tokens, for requests whose input has at most `upTo` tokens. */
export interface Tier {
  /** Undefined: no upper bound. */
  upTo?: number
  input: number
  output: number
  /** For the whole output of a response that includes thinking; undefined: the same as `output`. */
  thinking?: number
  /** For input read from the implicit context cache; undefined: a fifth of `input`. */
  cached?: number
  /** For input read from the explicit context cache; undefined: a tenth of `input`. */
  cachedExplicit?: number
  /** For input written into the explicit context cache; undefined: 1.25 times `input`. */
  written?: number
  /** For image and video tokens of the input; undefined: the same as `input`. */
  mediaInput?: number
  /** For audio tokens of the input; undefined: the same as `input`. */
  audioInput?: number
  /** For audio tokens of the output; undefined: the same as `output`. */
  audioOutput?: number
}

/** Prices by name; `*` for every other name. */
export type PriceByName = Readonly<Record<string, number>>

/** The price of a model, in each unit that it is billed in. A unit without a price is free. */
export interface Price {
  /** Token prices, cheaper tiers first; input beyond the last tier costs as much as in the last tier. */
  tiers?: readonly [Tier, ...Tier[]]
  /** Money per 10,000 characters. */
  per10kCharacters?: number
  /** Money per second of audio. A model that also reports tokens is billed by seconds only. */
  perSecond?: number
  perImage?: number
  /** Money per second of video, by resolution. */
  perVideoSecond?: PriceByName
  /** Money per call of a built-in tool, by its name. */
  perCall?: PriceByName
  /** Money per page of a PDF document. */
  perPage?: number
  /** Factor for requests in a batch; undefined: 0.5. */
  batch?: number
}

/** Token prices may be written as a plain list of tiers. */
export type PriceRow = readonly [Tier, ...Tier[]] | Price

/** Converts a row of the table to a price. */
export function asPrice(row: PriceRow): Price {
  return 'length' in row ? { tiers: row } : row
}
