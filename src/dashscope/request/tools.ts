import type { HeaderMap } from '../../lib/header-map.ts'
import { isJsonObject } from '../../lib/json/object.ts'
import { type Place, type Setting, settingsIn } from './setting.ts'

/** Header that enables plugins, which are tools; web search is one of them. */
const PLUGIN_HEADER = 'x-dashscope-plugin'

/** Members with tools: native, chat and responses, OpenAI's older name, native plugins, Anthropic's servers. */
const TOOL_LISTS = ['tools', 'functions', 'plugins', 'mcp_servers']

/**
 * Types of tools that read the web: `web_search`, `web_search_20250305`, `web_extractor`, `web_fetch`,
 * `image_search`. A search in the caller's own files does not match.
 */
const WEB_TOOL = /web|search/i
const OWN_FILES = /^file_search/i

/** Kimi's built-in function in the chat API. */
const WEB_FUNCTION = /^\$?web_/i

/** The tools and web access in a request. */
export interface ToolUse {
  /** Parameters and headers that add tools. */
  tools: readonly Setting[]
  /**
   * Parameters and headers that give the model web access, so that the same request may get a different response
   * later.
   */
  web: readonly Setting[]
}

/** Reads which tools a request adds, and whether they access the web. */
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

/** Any value other than off counts as on: how DashScope interprets "true" or 1 is unknown. */
function isOn({ value }: Setting): boolean {
  return value !== undefined && value !== false
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** A remote MCP server may access the web; the gateway cannot find out. */
function reachesWeb(list: string, value: unknown): boolean {
  if (list === 'mcp_servers') return true
  if (list === 'plugins' && isJsonObject(value)) return Object.keys(value).some((name) => WEB_TOOL.test(name))
  return Array.isArray(value) && value.some(isWebTool)
}

/** A function that the caller runs itself may have any name; only the type shows who runs it. */
function isWebTool(tool: unknown): boolean {
  if (!isJsonObject(tool) || typeof tool.type !== 'string') return false
  const { type } = tool
  if (type === 'builtin_function' && isJsonObject(tool.function)) {
    return typeof tool.function.name !== 'string' || WEB_FUNCTION.test(tool.function.name)
  }
  return type === 'mcp' || (WEB_TOOL.test(type) && !OWN_FILES.test(type))
}
