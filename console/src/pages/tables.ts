// One script for every page but the playground: apart, they are a fifth larger, and each waits for its own.
export { Api } from './api/api.tsx'
export { Doctor } from './doctor.tsx'
export { Hooks } from './hooks.tsx'
export { Jobs } from './jobs.tsx'
export { Keys } from './keys/keys.tsx'
export { Overview } from './overview.tsx'
export { Requests } from './requests/requests.tsx'
export { Usage } from './usage/usage.tsx'
