import { app } from './app.ts'

export { JobFlow } from './jobs/flow.ts'
export { Ledger } from './jobs/ledger/ledger.ts'
export { Poller } from './jobs/poller.ts'
export { Meter } from './meter/object/meter.ts'
export { Registry } from './meter/object/registry.ts'

export default { fetch: app.fetch }
