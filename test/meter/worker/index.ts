import { Hono } from 'hono/tiny'
import type { Env } from '../../../src/config.ts'
import { readConfig } from '../../../src/config.ts'
import type { OwnedKind } from '../../../src/dashscope/ownable.ts'
import { edge } from '../../../src/edge/router.ts'
import { asGatewayError, errorBody } from '../../../src/errors.ts'
import { MeterClient } from '../../../src/meter/client.ts'
import type { TaskCharge } from '../../../src/meter/metering.ts'
import { meterNamespace } from '../../../src/meter/meters.ts'
import { Meter as PlainMeter } from '../../../src/meter/object/meter.ts'

export { JobFlow, Ledger, Poller, Registry } from '../../../src/index.ts'

/** A meter that tells what of it is stored. */
export class Meter extends PlainMeter {
  async stored(): Promise<{ bytes: number; alarmMs: number | null }> {
    return { bytes: this.ctx.storage.sql.databaseSize, alarmMs: await this.ctx.storage.getAlarm() }
  }

  /** Runs statements as they are, before the object's own code has seen its storage. */
  run(statements: string[]): void {
    for (const statement of statements) this.ctx.storage.sql.exec(statement)
  }

  /** Has the alarm come now. */
  async ring(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now())
  }
}

/** What the tests have the meters do, as the gateway does it for one request. */
const actions = {
  reserve: (client: MeterClient, args: Parameters<MeterClient['reserve']>) => client.reserve(...args),
  settle: (client: MeterClient, args: Parameters<MeterClient['settle']>) => client.settle(...args),
  release: (client: MeterClient, args: Parameters<MeterClient['release']>) => client.release(...args),
}

const app = new Hono<{ Bindings: Env }>()
app.route('/edge', edge)

/** Runs a list of calls at the same time and waits for what they keep going: `[{"action":"reserve","args":[…]}]`. */
app.post('/calls', async ({ env, req }) => {
  const kept: Promise<unknown>[] = []
  const client = new MeterClient({
    meters: meterNamespace(env),
    keepAlive: (work) => void kept.push(work),
    calendar: readConfig(env).calendar,
    lost: (_key, _lost, cause) => kept.push(Promise.reject(cause)),
  })
  const calls: { action: keyof typeof actions; args: never }[] = await req.json()
  const results = await Promise.all(calls.map(({ action, args }) => actions[action](client, args)))
  await Promise.all(kept)
  return Response.json(results.map((result) => result ?? null))
})

/** Runs SQL in a meter. */
app.post('/run', async ({ env, req }) => {
  const { name, statements } = await req.json<{ name: string; statements: string[] }>()
  await (env.METER.getByName(name) as unknown as DurableObjectStub<Meter>).run(statements)
  return Response.json(null)
})

/** Which of these ids a meter's key owns. */
app.post('/owned', async ({ env, req }) => {
  const { name, kind, ids } = await req.json<{ name: string; kind: OwnedKind; ids: string[] }>()
  return Response.json(await meterNamespace(env).getByName(name).owned(kind, ids))
})

/** Notes what a task was charged with. */
app.post('/charge', async ({ env, req }) => {
  const { name, task, charge } = await req.json<{ name: string; task: string; charge: TaskCharge }>()
  await meterNamespace(env).getByName(name).chargeTask(task, charge)
  return Response.json(null)
})

/** Has a meter look itself through at some moment or when its alarm comes, and tells what of it is stored. */
app.post('/meter', async ({ env, req }) => {
  const { name, tidyMs, rings } = await req.json<{ name: string; tidyMs?: number; rings?: boolean }>()
  const meter = env.METER.getByName(name) as unknown as DurableObjectStub<Meter>
  if (tidyMs !== undefined) await meter.tidy(tidyMs)
  if (rings) await meter.ring()
  return Response.json(await meter.stored())
})

app.onError((thrown) => {
  const error = asGatewayError(thrown)
  return Response.json(errorBody(error, 'native', 'r-1'), { status: error.status, headers: error.headers })
})

export default app
