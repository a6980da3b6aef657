// Runs before a script (`node --import`) and stops it with a message if this machine lacks something. It is
// JavaScript without packages, because an old Node.js cannot run TypeScript, and packages may be missing.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

/** The first Node.js that runs TypeScript files without a flag. */
const OLDEST_NODE = [22, 18]

/** Packages for development that the scripts import; `npm ci` leaves them out if NODE_ENV is "production". */
const PACKAGES = ['esbuild', 'miniflare', 'wrangler']

/** https://github.com/cloudflare/workerd, "Getting started". */
const WORKERD_NEEDS =
  'It needs Linux with glibc 2.35 or newer (Debian 12, Ubuntu 22.04; not Alpine), macOS 13.5 or newer, or WSL 2. ' +
  'docs/development.md has a recipe for a container.'

const require = createRequire(import.meta.url)
const complaint = complaintAboutNode() ?? complaintAboutPackages() ?? complaintAboutWorkerd()
if (complaint) {
  console.error(complaint)
  process.exit(1)
}

function complaintAboutNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined
  return `Node.js ${process.versions.node} is too old: this needs ${OLDEST_NODE.join('.')} or newer. Run "npm ci --include=dev", which brings one, and start again with npm.`
}

function complaintAboutPackages() {
  const missing = PACKAGES.filter((name) => !isInstalled(name))
  if (missing.length === 0) return undefined
  return `Packages are missing: ${missing.join(', ')}. Run: npm ci --include=dev (NODE_ENV is "${process.env.NODE_ENV ?? ''}"; with "production", npm leaves them out).`
}

function isInstalled(name) {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}

function complaintAboutWorkerd() {
  let detail
  try {
    const { status, stderr, error } = spawnSync(require('workerd').default, ['--version'], {
      encoding: 'utf8',
    })
    if (status === 0) return undefined
    detail = error?.message ?? stderr
  } catch (error) {
    detail = error.message
  }
  const [line] = detail.trim().split('\n')
  return `workerd, the runtime of Cloudflare Workers, does not run on this machine (${line}). ${WORKERD_NEEDS}`
}
