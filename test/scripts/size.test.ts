import { expect, it } from 'vitest'
import { weightByRoom } from '../../scripts/size.ts'

it('The weight of a bundle is added up by room and package, the heaviest first.', () => {
  const inputs = {
    'src/app.ts': 500,
    'src/meter/client.ts': 1000,
    'src/meter/object/meter.ts': 2000,
    '../../elsewhere/node_modules/zod/v4/mini/schemas.js': 1500,
    'node_modules/@scope/package/index.js': 100,
  }
  expect(weightByRoom(inputs)).toEqual([
    '    3.0 kB  src/meter',
    '    1.5 kB  zod',
    '    0.5 kB  src/app.ts',
    '    0.1 kB  @scope/package',
  ])
})
