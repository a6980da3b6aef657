import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { isJsonObject } from '../lib/json/object.ts'
import type { Caps } from './key-record.ts'

type Members = Readonly<Record<string, unknown>>

/** Plugins are tools in a header, and the search is one of them. */
const PLUGIN_HEADER = 'x-dashscope-plugin'

/** Where a request brings tools: native, chat and responses, OpenAI's older name, native plugins, Anthropic's servers. */
const TOOL_LISTS = ['tools', 'functions', 'plugins', 'mcp_servers']

/** Tools that search the web by themselves: those of the responses and Anthropic APIs carry a version in their names. */
const SEARCH_TOOL = /web|search/i

/** Efforts that stand for no thinking at all. */
const NO_EFFORT = ['none', undefined, null]

/**
 * Refuses what the switches of a policy turn off, wherever in a body it stands. What a model does when nobody says
 * anything is not touched: models that think unless told otherwise are kept out by their names, or by a frozen parameter.
 *
 * @param places the body and the `parameters` in it.
 * @throws GatewayError `denied` naming the field.
 */
export function refuseSwitches(caps: Caps, places: readonly Members[], headers: HeaderMap): void {
  if (caps.enable_thinking === false) for (const place of places) refuseThinking(place)
  if (caps.enable_search === false) for (const place of places) refuseSearch(place)
  if (caps.tools === false) for (const place of places) refuseTools(place)
  if ((caps.tools === false || caps.enable_search === false) && headers.has(PLUGIN_HEADER)) {
    throw denied('X-DashScope-Plugin', 'no plugins. Leave the header out')
  }
}

function refuseThinking({ enable_thinking, thinking, reasoning_effort, reasoning }: Members): void {
  refuseOn('enable_thinking', enable_thinking)
  if ((thinking ?? undefined) !== undefined && !(isJsonObject(thinking) && thinking.type === 'disabled')) {
    throw denied('thinking', 'no thinking. Leave it out or send {"type": "disabled"}')
  }
  if (!NO_EFFORT.includes(reasoning_effort as string)) throw denied('reasoning_effort', 'no thinking')
  if (isJsonObject(reasoning) && !NO_EFFORT.includes(reasoning.effort as string)) {
    throw denied('reasoning.effort', 'no thinking')
  }
}

function refuseSearch(place: Members): void {
  refuseOn('enable_search', place.enable_search)
  for (const name of TOOL_LISTS) {
    const list = place[name]
    if (Array.isArray(list) && list.some(searches)) throw denied(name, 'no tools that search the web')
  }
}

/** A function that the caller runs itself may be called as it likes; only the type says who searches. */
function searches(tool: unknown): boolean {
  return isJsonObject(tool) && SEARCH_TOOL.test(String(tool.type))
}

function refuseTools(place: Members): void {
  for (const name of TOOL_LISTS) {
    const tools = place[name]
    const isEmpty = tools === undefined || tools === null || (Array.isArray(tools) && tools.length === 0)
    if (!isEmpty) throw denied(name, 'no tools. Leave them out')
  }
  refuseOn('enable_code_interpreter', place.enable_code_interpreter)
}

/** Whatever is not plainly off counts as on: what DashScope makes of "true" or 1 is not known. */
function refuseOn(name: string, value: unknown): void {
  if (value === undefined || value === null || value === false) return
  throw denied(name, 'false, or no such field')
}

function denied(param: string, expectation: string): GatewayError {
  return new GatewayError('denied', `${param}: this key allows ${expectation}.`, { param })
}
