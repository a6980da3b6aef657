import type { Env } from '../config.ts'
import type { TryResult } from './deliver.ts'
import type { Destination, StoredDelivery } from './ledger/deliveries-table.ts'

/**
 * Sends messages to something else than a webhook receiver: a chat platform's reply API. Rooms above this one register
 * theirs when the Worker starts, under a name that is stored with each message.
 */
export interface Sender {
  /** Seconds before the second, third, … try. */
  retries: (env: Env) => readonly number[]
  /**
   * Sends a message once.
   *
   * @param delivery `payload` is the message, `destination.data` what the sender stored with it.
   * @returns how it ended; must not reject.
   */
  send: (env: Env, delivery: StoredDelivery) => Promise<TryResult>
}

/** A message that another room hands over: its own destination, and what its sender needs. */
export interface HandedMessage {
  job: string | null
  event: string
  /** The same for every try; receivers drop what they know. */
  message: string
  destination: Destination
  url: string
  origin: string
  payload: string
  /** Tries in all. */
  budget: number
}

const senders = new Map<string, Sender>()

/** Makes a sender known; once per name, when a module is loaded. */
export function registerSender(name: string, sender: Sender): void {
  senders.set(name, sender)
}

/** The sender of this name; undefined if this version of the Worker has none. */
export function senderNamed(name: string): Sender | undefined {
  return senders.get(name)
}
