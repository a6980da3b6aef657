import { runScript } from './process.ts'

/** How a run of `npm run edge` ended. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs the operator's tool to its end. */
export async function edge(
  variables: { DASHSCOPE_EDGE_URL: string } & Record<string, string>,
  ...args: string[]
): Promise<Ended> {
  const script = runScript('scripts/edge.ts', variables, args)
  const code = await script.ended
  return { code, stdout: script.stdout(), stderr: script.stderr() }
}
