import { type JsonObject, objectOf, textOf } from '../json.ts'

/** The web search part of a response. `info` is undefined if the caller did not request sources. */
export interface Search {
  strategy: string
  info: JsonObject | undefined
  /** The sources are sent in a separate frame before the response. */
  first: boolean
}

/** The search result for a text; undefined if no search was requested. */
export function searchFor(parameters: JsonObject, text: string): Search | undefined {
  if (parameters.enable_search !== true) return undefined
  const options = objectOf(parameters.search_options)
  const strategy = textOf(options.search_strategy) || 'turbo'
  const extension = options.enable_search_extension === true ? [{ result: text, tool: 'weather' }] : undefined
  const info = {
    search_results: [1, 2].map((index) => ({
      icon: '',
      site_name: 'Example',
      index,
      title: `Result ${index} for ${text}`,
      url: `https://www.example.com/${index}`,
    })),
    ...(extension === undefined ? {} : { extra_tool_info: extension }),
  }
  return {
    strategy,
    info: options.enable_source === true ? info : undefined,
    first: options.prepend_search_result === true,
  }
}

/** The search info of later frames: the same lists, empty. */
export function emptied(info: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(info).map((name) => [name, []]))
}
