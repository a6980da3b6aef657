/** Loaded into a peer that listens on every address and has no option for it: the benchmark stays on loopback. */
import { Server } from 'node:net'

const listen = Server.prototype.listen as (port: unknown, host: string, ready: unknown) => Server

Server.prototype.listen = function (this: Server, port: unknown, ...rest: unknown[]): Server {
  const ready = rest.find((each) => typeof each === 'function')
  return Reflect.apply(listen, this, [port, '127.0.0.1', ready])
} as typeof Server.prototype.listen
