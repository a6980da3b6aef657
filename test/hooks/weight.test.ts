import { expect, inject, it } from 'vitest'
import { requireSmall } from '../../scripts/size.ts'

it('Acceptance test 18: The module with jobs and hooks is within the size limit.', async () => {
  expect(await requireSmall(inject('gatewayModule'))).toMatch(/^The module has \d+\.\d kB gzipped/)
})
