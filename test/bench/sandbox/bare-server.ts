// The bound of the sandbox's benchmark: node's own HTTP server, an answer of a customer's size, no work at all.

import { createServer } from 'node:http'

/** As long as a customer with an address and an entry of metadata (bytes). */
const bodyBytes = 850
const body = JSON.stringify({ id: 'x'.repeat(bodyBytes - '{"id":""}'.length) })

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}`, pid: process.pid })}\n`)
})
process.once('SIGTERM', () => process.exit(0))
