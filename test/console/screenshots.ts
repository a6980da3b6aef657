/**
 * Takes pictures of every screen for the documentation: `npm run screenshots`. They are written to docs/images, in English
 * and light, the larger screens in Chinese and dark as well, and some as a phone shows them.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MORE_SCREENS } from './more-screens.ts'
import { SCREENS } from './screens.ts'
import { setStage, type View } from './stage.ts'

const DIRECTORY = 'docs/images'

/** Screens with much in them. */
const FULL = [
  'play-choices',
  'play-reopened',
  'overview-full',
  'overview-top',
  'request-detail',
  'jobs-full',
  'deliveries',
  'hook-form',
]
const PICTURED = [...SCREENS, ...MORE_SCREENS.filter(({ name }) => FULL.includes(name))]

const VIEWS: readonly (View & { suffix: string; only?: readonly string[] })[] = [
  { suffix: '' },
  {
    suffix: '-zh-dark',
    language: 'zh',
    scheme: 'dark',
    only: ['play', 'overview-full', 'overview-top', 'keys', 'requests'],
  },
  { suffix: '-phone', language: 'zh', width: 360, height: 740, only: ['play', 'usage', 'keys'] },
]

process.chdir(join(import.meta.dirname, '..', '..'))
const stage = await setStage()
await mkdir(DIRECTORY, { recursive: true })
for (const { suffix, only, ...view } of VIEWS) {
  for (const screen of PICTURED.filter(({ name }) => only?.includes(name) ?? true)) {
    const { page, close } = await screen.open(stage, {
      width: 1120,
      height: 700,
      ...view,
      reducedMotion: true,
    })
    const path = join(DIRECTORY, `console-${screen.name}${suffix}.png`)
    await page.screenshot({ path })
    console.log(path)
    await close()
  }
}
await stage.stop()
