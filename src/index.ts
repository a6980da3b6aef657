import { app } from './app.ts'

export { Meter } from './meter/meter.ts'

export default { fetch: app.fetch }
