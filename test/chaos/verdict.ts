import type { JobRecord } from '../../src/jobs/job.ts'
import type { DeliveryRecord } from '../../src/jobs/ledger/deliveries-table.ts'
import type { EmulatorCall } from '../harness/gateway.ts'
import type { Promised } from './load.ts'
import type { Stage } from './stage.ts'

/** How far something that was promised has come; `lost`: the ledger knows nothing of it. */
type Fate = 'delivered' | 'dead' | 'open' | 'lost'

/** How many there were, and how many of them repeat an earlier one. */
export interface Repeats {
  all: number
  repeated: number
}

/** When a signal to kill the gateway was sent, and when it had ended. */
export interface Kill {
  fromMs: number
  toMs: number
}

/** What the ledger says at the end. */
export interface Verdict {
  jobs: Record<Fate, number>
  events: Record<Fate, number>
  /** Calls of DashScope, and how many of them repeat an earlier one for the same question. */
  /** `unexplained`: repeated although the gateway was not killed since the call before. */
  calls: Repeats & { unexplained: number }
  /** Messages that a receiver took, and how many of them it had taken before. */
  messages: Repeats
  /** Replies that a person can read on a platform, and how many of them say what was said before. */
  replies: Repeats
}

/** Asks the ledger for everything that was promised. */
export async function judge(stage: Stage, promised: Promised, kills: readonly Kill[]): Promise<Verdict> {
  const jobs = new Map((await pagesOf<JobRecord>(stage, '/edge/jobs')).map((job) => [job.id, job]))
  const deliveries = await pagesOf<DeliveryRecord>(stage, '/edge/jobs/deliveries')
  const events: Fate[] = []
  for (const hook of new Set(promised.events.values())) {
    const listed = await pagesOf<ListedEvent>(stage, `/edge/hooks/${hook}/events`)
    const names = [...promised.events].filter(([, each]) => each === hook).map(([name]) => name)
    events.push(...names.map((name) => fateOfEvent(name, listed, deliveries)))
  }
  // A call that DashScope refuses does no work: a model that only streams is first asked without a stream, for example.
  const asked = (await stage.calls()).filter(({ method, status }) => method === 'POST' && status < 400)
  const names = asked.flatMap(({ body }) => nameIn(body) ?? [])
  const taken = stage.receiver.received().filter(({ status }) => status === 200)
  const ids = taken.map(({ headers }) => headers['webhook-id'] ?? '')
  const written = stage.platforms.messages.map(({ text }) => nameIn(text) ?? '')
  return {
    jobs: counted([...promised.jobs.values()].map((id) => fateOfJob(jobs.get(id)))),
    events: counted(events),
    calls: {
      all: names.length,
      repeated: names.length - new Set(names).size,
      unexplained: countUnexplained(asked, kills),
    },
    messages: { all: ids.length, repeated: ids.length - new Set(ids).size },
    replies: { all: written.length, repeated: written.length - new Set(written).size },
  }
}

function fateOfJob(job: JobRecord | undefined): Fate {
  const status = job?.webhook?.status
  if (status === 'delivered' || status === 'dead') return status
  return job === undefined || status === 'none' ? 'lost' : 'open'
}

/** The fate of an event: that of the reply, or of the message to the URL of its hook. */
function fateOfEvent(
  name: string,
  listed: readonly ListedEvent[],
  deliveries: readonly DeliveryRecord[],
): Fate {
  const found = listed.find(
    ({ event, status }) => nameIn(event?.text ?? '') === name && status === 'accepted',
  )
  if (!found) return 'lost'
  const statuses = deliveries
    .filter(({ job }) => job !== null && job === found.job)
    .map(({ status }) => status)
  if (statuses.length === 0 || statuses.includes('pending')) return 'open'
  return statuses.every((status) => status === 'delivered') ? 'delivered' : 'dead'
}

interface ListedEvent {
  status: string
  job: string | null
  event: { text: string } | null
}

/** All entries of a list, page by page. */
async function pagesOf<Entry>({ ask }: Pick<Stage, 'ask'>, path: string): Promise<Entry[]> {
  const all: Entry[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const response = await ask('GET', `${path}?limit=100${cursor && `&cursor=${cursor}`}`)
    const page = (await response.json()) as { data: Entry[]; next: string | null }
    all.push(...page.data)
    cursor = page.next
  }
  return all
}

/** Calls that repeat an earlier one with no kill in between. */
function countUnexplained(asked: readonly EmulatorCall[], kills: readonly Kill[]): number {
  const lastMs = new Map<string, number>()
  let unexplained = 0
  for (const { body, at } of asked.toSorted((one, other) => one.at - other.at)) {
    const name = nameIn(body)
    if (name === undefined) continue
    const beforeMs = lastMs.get(name)
    const wasKilled = kills.some(({ fromMs, toMs }) => toMs >= (beforeMs ?? 0) && fromMs <= at)
    if (beforeMs !== undefined && !wasKilled) unexplained++
    lastMs.set(name, at)
  }
  return unexplained
}

function nameIn(text: string): string | undefined {
  return /chaos-\d+/.exec(text)?.[0]
}

function counted(fates: readonly Fate[]): Record<Fate, number> {
  const count = (fate: Fate) => fates.filter((each) => each === fate).length
  return { delivered: count('delivered'), dead: count('dead'), open: count('open'), lost: count('lost') }
}
