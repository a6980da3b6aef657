import type { Result } from './result.ts'

/** The promised factor compared with Portkey in the same run. */
const LEAST_RATE_RATIO = 3
const MOST_FIRST_EVENT_SHARE = 0.1

/** How soon the upstream call must end after its caller has left. */
const MOST_ABORT_MS = 50

/** The peer that the promises name, and the gateway's own name in the tables. */
const PEER = 'Portkey'
const GATEWAY = 'dashscope-edge'

/** A sentence, and whether the run supports it. */
export interface Claim {
  sentence: string
  isSupported: boolean
  /** The measured value. */
  measured: string
}

/** All claims of the project, checked against one run's numbers; claims without a measurement are not supported. */
export function judge(result: Result): Claim[] {
  return [rateClaim(result), firstEventClaim(result), ...result.leaving.map(leavingClaim), callsClaim(result)]
}

function rateClaim({ ratios }: Result): Claim {
  const ratio = ratios.find(({ name }) => name === PEER)
  const cpu = ratio?.cpu ? `, ${ratio.cpu.median.toFixed(1)} times by CPU time a request` : ''
  return {
    sentence: `At least ${LEAST_RATE_RATIO} times ${PEER}'s requests per second, with a key, without counting and caching, as ${PEER} does neither.`,
    isSupported: ratio !== undefined && ratio.rate.median >= LEAST_RATE_RATIO,
    measured: ratio ? `${ratio.rate.median.toFixed(1)} times${cpu}` : `${PEER} did not run`,
  }
}

function firstEventClaim({ firstEvent }: Result): Claim {
  const own = medianOf(firstEvent, GATEWAY)
  const peer = medianOf(firstEvent, PEER)
  return {
    sentence: `At most a tenth of ${PEER}'s added time to the first event.`,
    isSupported: own !== undefined && peer !== undefined && own <= MOST_FIRST_EVENT_SHARE * peer,
    measured:
      own === undefined || peer === undefined
        ? `${PEER} did not run`
        : `${own.toFixed(2)} ms against ${peer.toFixed(2)} ms`,
  }
}

function leavingClaim({ flow, times }: Result['leaving'][number]): Claim {
  const longest = times.find(({ name }) => name === GATEWAY)?.longest ?? null
  return {
    sentence: `Upstream call aborted within ${MOST_ABORT_MS} ms of the caller's leaving, ${flow}.`,
    isSupported: longest !== null && longest <= MOST_ABORT_MS,
    measured:
      longest === null ? 'at least one was not aborted in time' : `${longest.toFixed(1)} ms at the longest`,
  }
}

function callsClaim({ identical }: Result): Claim {
  const calls = identical.find(({ name }) => name === GATEWAY)?.calls ?? []
  return {
    sentence: 'One upstream call for 100 identical requests at once.',
    isSupported: calls.length > 0 && calls.every((each) => each === 1),
    measured: calls.length > 0 ? `${calls.join(', ')} by round` : 'nothing',
  }
}

function medianOf(times: Result['firstEvent'], wanted: string): number | undefined {
  return times.find(({ name }) => name === wanted)?.spread?.median
}
