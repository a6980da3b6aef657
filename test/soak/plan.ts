import { type Random, randomFor } from '../fuzz/random.ts'
import { DIALECTS, type Manner } from './dialects.ts'
import { drawDamage, drawDelay, drawHarmless, type Fault, TRICKLE } from './faults.ts'
import { drawText } from './question.ts'

/** The gateways of the run, each with what is wrong around it. */
export const SITES = ['main', 'dns', 'tls', 'cache-throws', 'cache-hangs', 'meter-throws', 'lagging'] as const
export type Site = (typeof SITES)[number]

/** Whose credential: `steady` has no limits and no trouble, so that its bill is known to the token. */
export type Who = 'steady' | 'limited' | 'rough' | 'token'

/** What the gateway has to refuse before anything goes upstream, and with which status. */
export const REFUSALS = {
  'unknown-key': 401,
  'denied-model': 403,
  'bad-body': 400,
  'unknown-path': 404,
} as const
export type Refusal = keyof typeof REFUSALS

/** When a caller hangs up: some time after it has asked, or at the first bytes of the answer. */
export type Leaving = { when: 'asked'; afterMs: number } | { when: 'answered' }

/** How often each kind of traffic comes, as weights. */
const TRAFFIC = {
  steady: 34,
  repeat: 12,
  burst: 5,
  orphans: 3,
  limited: 7,
  damaged: 15,
  'leaves-before': 6,
  'leaves-midway': 6,
  token: 8,
  refused: 6,
  dns: 2,
  tls: 2,
  'cache-throws': 3,
  'cache-hangs': 2,
  'meter-throws': 4,
  lagging: 5,
  'lagging-repeat': 2,
} as const
export type Traffic = keyof typeof TRAFFIC
export const TRAFFIC_KINDS = Object.keys(TRAFFIC) as Traffic[]

/** One question and everybody who asks it at the same moment. */
export interface Plan {
  index: number
  traffic: Traffic
  site: Site
  who: Who
  /** Repeats ask the question of an earlier plan. */
  question: number
  model: string
  text: string
  manner: Manner
  fault: Fault
  /** Whether the fault hits every upstream call of the question or only the first. */
  hits: 'first' | 'every'
  refusal?: Refusal
  /** One entry a request; undefined stays to the end. */
  callers: (Leaving | undefined)[]
}

const MODELS = ['qwen-plus', 'qwen-turbo', 'qwen-max']
const BURST_CALLERS = 5
const LEAVES_AFTER_MAX_MS = 400

/** Repeats, and whose questions they repeat. */
const REPEATED: Partial<Record<Traffic, Traffic>> = { repeat: 'steady', 'lagging-repeat': 'lagging' }

/** How many plans a repeat looks back for a question it can repeat. */
const REPEAT_LOOK_BACK = 40

/** Everything about the plan with this index; it depends only on the two numbers. */
export function planOf(seed: number, index: number): Plan {
  const random = randomFor(seed, index)
  const traffic = drawTraffic(random)
  const repeated = REPEATED[traffic]
  if (!repeated) return freshPlan(random, index, traffic)
  return repeatOf(seed, index, random, traffic, repeated) ?? freshPlan(random, index, repeated)
}

/** The nearest question of that traffic that a random look back finds; undefined if there is none. */
function repeatOf(
  seed: number,
  index: number,
  random: Random,
  traffic: Traffic,
  repeated: Traffic,
): Plan | undefined {
  const from = index - 1 - random.below(REPEAT_LOOK_BACK)
  for (let earlier = from; earlier >= 0 && earlier > from - REPEAT_LOOK_BACK; earlier--) {
    const random = randomFor(seed, earlier)
    if (drawTraffic(random) !== repeated) continue
    const plan = freshPlan(random, earlier, repeated)
    if (!plan.manner.stream) return { ...plan, index, traffic }
  }
  return undefined
}

function freshPlan(random: Random, index: number, traffic: Traffic): Plan {
  const manner = drawManner(random, traffic)
  const plan: Plan = {
    index,
    traffic,
    site: SITES.find((site) => site === traffic) ?? 'main',
    who: 'rough',
    question: index,
    model: random.pick(MODELS),
    text: drawText(random, index),
    manner,
    fault: drawHarmless(random),
    hits: random.pick(['first', 'every'] as const),
    callers: [undefined],
  }
  switch (traffic) {
    case 'steady':
    case 'limited':
      return { ...plan, who: traffic }
    case 'burst':
      return {
        ...plan,
        who: 'steady',
        fault: drawDelay(random),
        callers: Array(BURST_CALLERS).fill(undefined),
      }
    case 'orphans':
      return { ...plan, fault: drawDelay(random), callers: [drawLeaving(random), undefined, undefined] }
    case 'damaged':
      return { ...plan, fault: drawDamage(random) }
    case 'leaves-before':
      return { ...plan, who: drawWho(random), fault: drawDelay(random), callers: [drawLeaving(random)] }
    case 'leaves-midway':
      return { ...plan, who: drawWho(random), fault: TRICKLE, callers: [{ when: 'answered' }] }
    case 'token':
      return { ...plan, who: 'token', fault: random.chance(0.3) ? drawDamage(random) : plan.fault }
    case 'refused':
      return { ...plan, refusal: random.pick(Object.keys(REFUSALS) as Refusal[]) }
    case 'meter-throws':
    case 'lagging':
      return { ...plan, who: random.pick(['steady', 'limited'] as const) }
    default:
      return plan
  }
}

function drawTraffic(random: Random): Traffic {
  const sum = TRAFFIC_KINDS.reduce((all, kind) => all + TRAFFIC[kind], 0)
  let left = random.below(sum)
  for (const kind of TRAFFIC_KINDS) {
    left -= TRAFFIC[kind]
    if (left < 0) return kind
  }
  throw new RangeError('The weights of the traffic do not add up to their sum.')
}

/** Only whole answers are shared, and only a stream can be left in its middle. */
function drawManner(random: Random, traffic: Traffic): Manner {
  const isShared = traffic === 'burst' || traffic === 'orphans'
  const stream = traffic === 'leaves-midway' || (!isShared && random.chance(0.5))
  const isSteady = traffic === 'steady' || traffic === 'limited'
  return {
    dialect: random.pick(DIALECTS),
    stream,
    isIncremental: random.chance(0.5),
    // Without it the usage of a compatible stream is an estimate.
    namesUsage: isSteady || random.chance(0.5),
  }
}

function drawWho(random: Random): Who {
  return random.pick(['rough', 'token'] as const)
}

function drawLeaving(random: Random): Leaving {
  return { when: 'asked', afterMs: random.below(LEAVES_AFTER_MAX_MS) }
}
