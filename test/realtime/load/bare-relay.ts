/**
 * The least that a relay in JavaScript can do: two sockets, and every frame handed on. What the gateway's is measured by. The
 * first segment of the path is the upstream's host.
 */
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    const [, host, ...path] = pathname.split('/')
    const response = await fetch(`http://${host}/${path.join('/')}${search}`, {
      headers: { upgrade: 'websocket', authorization: 'Bearer sk-load' },
    })
    const upstream = response.webSocket
    if (!upstream) return new Response(null, { status: 502 })
    const { 0: client, 1: server } = new WebSocketPair()
    for (const socket of [upstream, server]) {
      socket.accept()
      socket.binaryType = 'arraybuffer'
    }
    upstream.addEventListener('message', ({ data }) => server.send(data))
    server.addEventListener('message', ({ data }) => upstream.send(data))
    upstream.addEventListener('close', () => server.close())
    server.addEventListener('close', () => upstream.close())
    const headers = { 'sec-websocket-extensions': 'none' }
    return new Response(null, { status: 101, webSocket: client, headers })
  },
}
