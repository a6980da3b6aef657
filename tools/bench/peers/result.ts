import type { Spread } from '../statistics.ts'

/** Where and when the numbers were measured, and how much else the machine had to do. */
export interface Machine {
  cores: number
  model: string
  /** ISO 8601, the day alone. */
  date: string
  /** By name. */
  versions: Record<string, string>
  /** Share of the machine's processors that other programs used during the run, 0 to 1. */
  otherShare: number
}

/** A contender under plain load. */
export interface Throughput {
  name: string
  perSecond: Spread
  cpuMicroseconds: Spread | undefined
}

/** A contender under streams of one length. */
export interface StreamCost {
  name: string
  events: number
  /** CPU time a stream by its events. */
  cpuMicroseconds: Spread | undefined
}

/** A contender where only milliseconds count. */
export interface Times {
  name: string
  /** Milliseconds; undefined if nothing was measured in time. */
  spread: Spread | undefined
  /** The longest; null if one did not come in time (JSON has no infinity). */
  longest: number | null
}

/** A contender's memory in MiB. */
export interface MemoryUse {
  name: string
  before: number
  open: number
  /** Streams that were open. */
  streams: number
}

/** A contender's upstream calls for identical requests at once, by round. */
export interface Calls {
  name: string
  calls: number[]
}

/** How two contenders compare, round by round. */
export interface Ratios {
  /** The peer. */
  name: string
  /** The gateway's requests a second by the peer's. */
  rate: Spread
  /** The peer's CPU time a request by the gateway's. */
  cpu: Spread | undefined
}

/** All that one run found. */
export interface Result {
  machine: Machine
  rounds: number
  throughput: Throughput[]
  /** The gateway with a key, neither counting nor caching, as the peers do neither, against each peer. */
  ratios: Ratios[]
  streams: StreamCost[]
  /** What was added to the time of the direct way. */
  firstEvent: Times[]
  streamsOpen: number
  memory: MemoryUse[]
  /** By how the stream flowed. */
  leaving: { flow: string; times: Times[] }[]
  identical: Calls[]
  remarks: string[]
}
