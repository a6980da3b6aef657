import type { Env } from '../config.ts'
import type { TryResult } from './deliver.ts'
import type { Destination, StoredDelivery } from './ledger/deliveries-table.ts'

/**
 * Sends messages to destinations other than webhook receivers, such as a chat platform's reply API. Layers above
 * register their senders when the Worker starts, under a name that is stored with each message.
 */
export interface Sender {
  /** Seconds before the second, third, … attempt. */
  retries: (env: Env) => readonly number[]
  /**
   * Sends a message once.
   *
   * @param delivery `payload` is the message, `destination.data` the data that the sender stored with it.
   * @returns the result; must not reject.
   */
  send: (env: Env, delivery: StoredDelivery) => Promise<TryResult>
}

/** A message of another module: its destination, and the data for its sender. */
export interface HandedMessage {
  job: string | null
  event: string
  /** The same for every attempt; receivers drop duplicates by it. */
  message: string
  destination: Destination
  url: string
  origin: string
  payload: string
  /** The total number of attempts. */
  budget: number
}

const senders = new Map<string, Sender>()

/** Registers a sender; once per name, when a module is loaded. */
export function registerSender(name: string, sender: Sender): void {
  senders.set(name, sender)
}

/** The sender with this name; undefined if this version of the Worker does not have it. */
export function senderNamed(name: string): Sender | undefined {
  return senders.get(name)
}
