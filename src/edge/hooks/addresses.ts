import { handledAddresses } from '../address.ts'
import {
  changeHook,
  createHook,
  getHookEvents,
  getHooks,
  removeHook,
  replayEvent,
  showHook,
  testHook,
} from './hooks.ts'
import { receiveEvent, respondToFormPreflight } from './inbound.ts'
import { changePreset, createPreset, getPresets, removePreset, runPreset, showPreset } from './presets.ts'

/** Inbound hooks and prompt presets. */
export const HOOK_ADDRESSES = handledAddresses({
  '/hooks': { GET: getHooks, POST: createHook },
  '/hooks/:id': { GET: showHook, PATCH: changeHook, DELETE: removeHook },
  '/hooks/:id/in': { GET: receiveEvent, POST: receiveEvent, OPTIONS: respondToFormPreflight },
  '/hooks/:id/test': { POST: testHook },
  '/hooks/:id/events': { GET: getHookEvents },
  '/hooks/:id/events/:event/replay': { POST: replayEvent },
  '/presets': { GET: getPresets, POST: createPreset },
  '/presets/:id': { GET: showPreset, PATCH: changePreset, DELETE: removePreset },
  '/presets/:id/run': { POST: runPreset },
})
