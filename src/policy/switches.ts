import type { RequestDescription } from '../dashscope/request/describe.ts'
import type { Setting } from '../dashscope/request/setting.ts'
import { GatewayError } from '../errors.ts'
import type { Caps } from './key-record.ts'

/**
 * Refuses features that the switches of a policy turn off, anywhere in a request. A model's defaults are not changed:
 * to exclude models that think by default, restrict `models` or freeze a parameter.
 *
 * @throws GatewayError `denied`, naming the field.
 */
export function refuseSwitches(caps: Caps, { thinking, web, tools }: RequestDescription): void {
  if (caps.enable_thinking === false) {
    for (const setting of thinking.settings) {
      if (setting.kind !== 'budget' && !setting.isOff) throw thinkingDenied(setting)
    }
  }
  if (caps.enable_search === false) for (const setting of web) throw webDenied(setting)
  if (caps.tools === false) for (const setting of tools) throw toolsDenied(setting)
}

function thinkingDenied({ name }: Setting): GatewayError {
  if (name === 'enable_thinking') return denied(name, 'false, or no such field')
  if (name === 'thinking') return denied(name, 'no thinking. Leave it out or send {"type": "disabled"}')
  return denied(name, 'no thinking. Leave it out or send "none"')
}

function webDenied({ name }: Setting): GatewayError {
  if (name === 'enable_search') return denied(name, 'false, or no such field')
  if (name === 'X-DashScope-Plugin') return denied(name, 'no plugins. Leave the header out')
  return denied(name, 'no tools that search the web')
}

function toolsDenied({ name }: Setting): GatewayError {
  if (name === 'enable_code_interpreter') return denied(name, 'false, or no such field')
  if (name === 'X-DashScope-Plugin') return denied(name, 'no plugins. Leave the header out')
  return denied(name, 'no tools. Leave them out')
}

function denied(param: string, expectation: string): GatewayError {
  return new GatewayError('denied', `${param}: this key allows ${expectation}.`, { param, rule: 'caps' })
}
