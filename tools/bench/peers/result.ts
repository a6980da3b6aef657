import type { Spread } from '../statistics.ts'

/** Where and when the numbers were measured, and the other load of the machine. */
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
  /** CPU time of a stream divided by its events. */
  cpuMicroseconds: Spread | undefined
}

/** The times of a contender. */
export interface Times {
  name: string
  /** Milliseconds; undefined if nothing was measured in time. */
  spread: Spread | undefined
  /** The longest; null if one was not in time (JSON has no infinity). */
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

/** A contender's upstream calls for simultaneous identical requests, by round. */
export interface Calls {
  name: string
  calls: number[]
}

/** How two contenders compare, round by round. */
export interface Ratios {
  /** The peer. */
  name: string
  /** The gateway's requests per second divided by the peer's. */
  rate: Spread
  /** The peer's CPU time per request divided by the gateway's. */
  cpu: Spread | undefined
}

/** All results of a run. */
export interface Result {
  machine: Machine
  rounds: number
  throughput: Throughput[]
  /** The gateway with a key, without counting and caching, which the peers lack, compared with each peer. */
  ratios: Ratios[]
  streams: StreamCost[]
  /** The added time compared with direct calls. */
  firstEvent: Times[]
  streamsOpen: number
  memory: MemoryUse[]
  /** By state of the stream. */
  leaving: { flow: string; times: Times[] }[]
  identical: Calls[]
  remarks: string[]
}
