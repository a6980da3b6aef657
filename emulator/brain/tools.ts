import { hex } from '../digest.ts'
import { lastUserText, type Question, type Tool } from './question.ts'

/** A tool call by the model; `arguments` is JSON text, as in every dialect except Anthropic's. */
export interface ToolCall {
  id: string
  name: string
  arguments: string
}

const WEATHER = /weather|forecast|temperature|天气|气温/i
const TIME = /\btime\b|_time|time_|clock|几点|时间/i
const PLACE_PARAMETER = /location|city|place|address|region|area/i

/** Words before and after a Chinese place name in a question about it. */
const CHINESE_LEAD = /^(?:请问|请帮我|帮我|我想知道|告诉我|查询|查一下|查|一下|看看|现在|今天|明天)+/u
const CHINESE_PLACE = /(\p{Script=Han}+?)(?:市)?(?:现在|今天|明天|目前|当前|的)*(?:天气|气温|几点|时间)/u
const ENGLISH_PLACE = /\b(?:in|for|at|of)\s+(\p{Lu}[\p{L}'-]*(?:\s+\p{Lu}[\p{L}'-]*)*)/u

/** The place named in a text, or 'nowhere'. */
export function placeIn(text: string): string {
  const english = ENGLISH_PLACE.exec(text)?.[1]
  if (english !== undefined) return english
  const chinese = CHINESE_PLACE.exec(text)?.[1]?.replace(CHINESE_LEAD, '')
  return chinese === undefined || chinese === '' ? 'nowhere' : chinese
}

/** Whether a property is for a place, by its name. */
export function isPlaceName(name: string): boolean {
  return PLACE_PARAMETER.test(name)
}

/**
 * The tool calls for a question: the forced function; otherwise a weather-like one if the text asks for weather, a
 * time-like one if it asks for the time, or both; none after a tool result.
 */
export function toolCallsFor(question: Question, seed: string): ToolCall[] {
  const { tools, toolChoice, turns } = question
  if (toolChoice === 'none' || tools.length === 0 || turns.at(-1)?.role === 'tool') return []
  const text = lastUserText(turns)
  return chosenTools(tools, toolChoice, text).map((tool, index) => ({
    id: `call_${hex(`${seed}:${index}`, 22)}`,
    name: tool.name,
    arguments: argumentsFor(tool, text),
  }))
}

function chosenTools(tools: Tool[], choice: Question['toolChoice'], text: string): Tool[] {
  if (typeof choice === 'object') {
    return [tools.find((tool) => tool.name === choice.name) ?? { ...choice, description: '', parameters: [] }]
  }
  const asked = [WEATHER, TIME]
    .filter((subject) => subject.test(text))
    .map((subject) => tools.find((tool) => subject.test(tool.name) || subject.test(tool.description)))
    .filter((tool) => tool !== undefined)
  return asked.length === 0 && choice === 'required' ? tools.slice(0, 1) : asked
}

function argumentsFor(tool: Tool, text: string): string {
  const place = tool.parameters.find(isPlaceName) ?? tool.parameters[0]
  return place === undefined ? '{}' : `{${JSON.stringify(place)}: ${JSON.stringify(placeIn(text))}}`
}
