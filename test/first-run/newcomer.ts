/** Settings of this repository, which a newcomer has not made: with a key of the real DashScope a run would cost money. */
const OURS = /^(?:DASHSCOPE_.*|ADMIN_TOKEN|PORT|EDGE_STATE_DIRECTORY|NODE_ENV|CI)$/

/** What npm tells the scripts that it runs. Where packages come from is a setting of the machine. */
const OF_NPM = /^(?:npm_(?!config_(?:registry|cache|userconfig)$)|INIT_CWD$)/

/**
 * The environment of a newcomer who has just cloned the repository on this machine: without the settings and packages of the
 * run that watches.
 */
export function newcomersEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(environment).filter(([name]) => !OURS.test(name) && !OF_NPM.test(name))
  const path = (environment.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'))
  return { ...Object.fromEntries(own), PATH: path.join(':'), PORT: '0' }
}
