// One script for everything but the conversation of the playground: separate scripts would be a fifth larger in total,
// and each page would have to load its own.
export { Api } from './api/api.tsx'
export { Doctor } from './doctor.tsx'
export { Hooks } from './hooks.tsx'
export { Jobs } from './jobs.tsx'
export { Keys } from './keys/keys.tsx'
export { Overview } from './overview.tsx'
export { Make } from './play/make.tsx'
export { Voice } from './play/voice.tsx'
export { Requests } from './requests/requests.tsx'
export { Usage } from './usage/usage.tsx'
