import type { Region } from '../../src/dashscope/regions.ts'
import type { Target, Targets } from '../../src/dashscope/targets.ts'

/** A target by its id. */
export function target(id: string): Target {
  const region = id.split('/')[0] as Region
  return {
    id,
    region,
    baseUrl: `https://${region}.example`,
    apiKey: `sk-${id}`,
    keyName: 'DASHSCOPE_API_KEY',
  }
}

/** Several of them. */
export function targets(first: string, ...others: string[]): Targets {
  return [target(first), ...others.map(target)]
}
