import { type Config, type Env, readConfig } from '../config.ts'
import { type HookJob, type HookWork, registerHookWork } from '../jobs/hook-work.ts'
import type { HookEvent } from './events/event.ts'
import { showGrowth } from './growth.ts'
import { findHook, type OpenedHook } from './hook-store.ts'
import { withPictures } from './pictures.ts'
import { connect, isRefusedForGood } from './platform-connection.ts'
import { inDialect } from './replies/markdown.ts'
import type { Platform } from './replies/platform.ts'
import { PLATFORMS } from './replies/platforms.ts'
import { splitText } from './replies/split.ts'
import { keepReplyState, readReplyState } from './reply-state.ts'

registerHookWork(async (env, job, body) => {
  const config = readConfig(env)
  const opened = await findHook(env, config, job.hook, Date.now())
  if (!opened?.secrets) return { body }
  const event: HookEvent = JSON.parse(job.event)
  const watch = watchOrNothing(() => watchFor(env, job, opened, event, config))
  return { body: await withPictures(body, event, opened, config), ...(watch && { watch }) }
})

/** If streaming the reply fails, it is sent when the job has ended. */
function watchOrNothing(begin: () => HookWork['watch']): HookWork['watch'] {
  try {
    return begin()
  } catch (cause) {
    console.error(JSON.stringify({ message: 'A reply cannot be streamed.', cause: String(cause) }))
    return undefined
  }
}

/** Streams the reply: into the ledger for a platform that polls for it, or into a card. */
function watchFor(
  env: Env,
  job: HookJob,
  opened: OpenedHook,
  event: HookEvent,
  config: Config,
): HookWork['watch'] {
  const { kind, reply } = opened.hook
  const platform = PLATFORMS[kind]
  if (reply.to === 'none') return undefined
  if (kind === 'wecom-bot') {
    let longest = 0
    return showGrowth(async (text) => {
      // A call repeated after a restart starts from the beginning; the text shown must not become shorter.
      if (text.length <= longest) return
      longest = text.length
      await keepReplyState(env, job.key, job.id, { text })
    })
  }
  if (!reply.stream || !platform?.cards) return undefined
  return showGrowth(cardWriter(env, job, platform, opened, event, config))
}

/**
 * Writes the text so far into a card, which is created with the first text. After a refusal the card is no longer
 * updated, and the reply is sent when the job has ended.
 */
function cardWriter(
  env: Env,
  job: HookJob,
  platform: Platform,
  opened: OpenedHook,
  event: HookEvent,
  config: Config,
): (text: string) => Promise<void> {
  const { context, ask } = connect(platform, opened, event, config)
  let isRefused = false
  return async (text) => {
    const { cards, dialect } = platform
    if (!cards || isRefused || text.trim() === '') return
    const [shown = ''] = splitText(inDialect(text, dialect), cards.maxBytes)
    const state = await readReplyState(env, job.key, job.id)
    try {
      if (state.card) return await cards.update(state.card, shown, await context(job.id), ask)
      const openedMs = Date.now()
      const id = await cards.open(shown, await context(job.id), ask)
      isRefused = id === undefined
      if (id !== undefined) await keepReplyState(env, job.key, job.id, { ...state, card: { id, openedMs } })
    } catch (cause) {
      isRefused = isRefusedForGood(cause)
      throw cause
    }
  }
}
