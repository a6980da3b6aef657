import { run } from '../../scripts/edge/run.ts'

/** How a run of `npm run edge` ended. */
export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs the operator's tool in this process. */
export async function edge(
  environment: { DASHSCOPE_EDGE_URL: string } & Record<string, string>,
  ...args: string[]
): Promise<Ended> {
  const ended = { stdout: '', stderr: '' }
  const code = await run(args, environment, {
    log: (text: string) => {
      ended.stdout += `${text}\n`
    },
    error: (text: string) => {
      ended.stderr += `${text}\n`
    },
  })
  return { code, ...ended }
}
