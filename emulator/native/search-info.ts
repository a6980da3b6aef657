import { type JsonObject, objectOf, textOf } from '../json.ts'

/** What web search adds to an answer. `info` is undefined when the caller did not ask for sources. */
export interface Search {
  strategy: string
  info: JsonObject | undefined
  /** The sources come in a frame of their own, before the answer. */
  first: boolean
}

/** Takes parameters and the user's text; returns what the search found, or undefined when none was asked for. */
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

/** Takes search info; returns what later frames repeat of it: the same lists, empty. */
export function emptied(info: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(info).map((name) => [name, []]))
}
