import { hex } from '../digest.ts'
import { lastUserText, type Question, type Tool } from './question.ts'

/** A call the model asks for; `arguments` is JSON text, as every dialect but Anthropic's sends it. */
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

/** Takes a text; returns the place it speaks of, or 'nowhere' when it names none. */
export function placeIn(text: string): string {
  const english = ENGLISH_PLACE.exec(text)?.[1]
  if (english !== undefined) return english
  const chinese = CHINESE_PLACE.exec(text)?.[1]?.replace(CHINESE_LEAD, '')
  return chinese === undefined || chinese === '' ? 'nowhere' : chinese
}

/** Takes a property's name; tells whether it asks for a place. */
export function isPlaceName(name: string): boolean {
  return PLACE_PARAMETER.test(name)
}

/**
 * Takes a question; returns the calls the model would make: the forced function, otherwise a weather-like one when the
 * text asks for weather, a time-like one when it asks for the time, both when it asks for both; none after a tool's answer.
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
