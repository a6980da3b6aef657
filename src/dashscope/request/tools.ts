import type { HeaderMap } from '../../lib/header-map.ts'
import { isJsonObject } from '../../lib/json/object.ts'
import { type Place, type Setting, settingsIn } from './setting.ts'

/** Plugins are tools in a header, and web search is one of them. */
const PLUGIN_HEADER = 'x-dashscope-plugin'

/** Where a request brings tools: native, chat and responses, OpenAI's older name, native plugins, Anthropic's servers. */
const TOOL_LISTS = ['tools', 'functions', 'plugins', 'mcp_servers']

/**
 * Types of tools that read the web: `web_search`, `web_search_20250305`, `web_extractor`, `web_fetch`, `image_search`. The
 * search in the caller's own files does not.
 */
const WEB_TOOL = /web|search/i
const OWN_FILES = /^file_search/i

/** Kimi's built-in function in the chat API. */
const WEB_FUNCTION = /^\$?web_/i

/** Tools and web access that a request asks for. */
export interface ToolUse {
  /** Parameters and headers that bring tools. */
  tools: readonly Setting[]
  /** Parameters and headers that allow the model to read the web, so the same request may get another response later. */
  web: readonly Setting[]
}

/** Reads which tools a request brings, and whether they reach the web. */
export function toolUseOf(places: readonly Place[], headers: HeaderMap): ToolUse {
  const lists = settingsIn(places, TOOL_LISTS).filter(({ value }) => !isEmptyList(value))
  const switches = settingsIn(places, ['enable_code_interpreter']).filter(isOn)
  const plugin: Setting[] = headers.has(PLUGIN_HEADER)
    ? [{ name: 'X-DashScope-Plugin', param: 'X-DashScope-Plugin', value: true, isEffective: true }]
    : []
  const search = settingsIn(places, ['enable_search']).filter(isOn)
  return {
    tools: [...lists, ...switches, ...plugin],
    web: [...search, ...lists.filter(({ name, value }) => reachesWeb(name, value)), ...plugin],
  }
}

/** A value that is not plainly off counts as on: what DashScope makes of "true" or 1 is not known. */
function isOn({ value }: Setting): boolean {
  return value !== undefined && value !== false
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** A remote MCP server can read the web, and the gateway cannot tell whether it does. */
function reachesWeb(list: string, value: unknown): boolean {
  if (list === 'mcp_servers') return true
  if (list === 'plugins' && isJsonObject(value)) return Object.keys(value).some((name) => WEB_TOOL.test(name))
  return Array.isArray(value) && value.some(isWebTool)
}

/** A function that the caller runs itself may have any name; only the type tells who runs it. */
function isWebTool(tool: unknown): boolean {
  if (!isJsonObject(tool) || typeof tool.type !== 'string') return false
  const { type } = tool
  if (type === 'builtin_function' && isJsonObject(tool.function)) {
    return typeof tool.function.name !== 'string' || WEB_FUNCTION.test(tool.function.name)
  }
  return type === 'mcp' || (WEB_TOOL.test(type) && !OWN_FILES.test(type))
}
