import { startGateway } from '../../scripts/workers.ts'

/** Runs a gateway in a process of its own, which a test kills together with workerd. Prints its address. */
const [module = '', persist = '', variables = '{}'] = process.argv.slice(2)
const { address } = await startGateway(module, { port: 0, persist, variables: JSON.parse(variables) })
console.log(address)
