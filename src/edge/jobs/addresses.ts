import { handledAddresses } from '../address.ts'
import { createFromBody } from './create.ts'
import { listDeliveries, redeliverAll, redeliverOne } from './deliveries.ts'
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  listEndpoints,
  rotateEndpointSecret,
  rotateKeySecret,
  showEndpoint,
  showEndpointSecrets,
  showKeySecrets,
  testEndpoint,
} from './endpoints.ts'
import { cancelJob, deleteJob, listJobs, retryJob, showJob, showResponse } from './jobs.ts'

/**
 * Jobs, deliveries and endpoints: a client key sees its own, the operator those of the key in `?key=`. Fixed names
 * come before `:id`, so that they are not taken for ids of jobs.
 */
export const JOB_ADDRESSES = handledAddresses({
  '/jobs': { GET: listJobs, POST: createFromBody },
  '/jobs/deliveries': { GET: listDeliveries },
  '/jobs/deliveries/redeliver': { POST: redeliverAll },
  '/jobs/deliveries/:id/redeliver': { POST: redeliverOne },
  '/jobs/endpoints': { GET: listEndpoints, POST: createEndpoint },
  '/jobs/endpoints/:id': { GET: showEndpoint, PATCH: changeEndpoint, DELETE: deleteEndpoint },
  '/jobs/endpoints/:id/test': { POST: testEndpoint },
  '/jobs/endpoints/:id/secret': { GET: showEndpointSecrets },
  '/jobs/endpoints/:id/secret/rotate': { POST: rotateEndpointSecret },
  '/jobs/secret': { GET: showKeySecrets },
  '/jobs/secret/rotate': { POST: rotateKeySecret },
  '/jobs/:id': { GET: showJob, DELETE: deleteJob },
  '/jobs/:id/response': { GET: showResponse },
  '/jobs/:id/cancel': { POST: cancelJob },
  '/jobs/:id/retry': { POST: retryJob },
})
