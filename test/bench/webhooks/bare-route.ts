// The bound of webhooks: express, the raw body, Stripe's own check of the signature, and an answer. Nothing is stored or
// logged: what a receiver costs before it has done anything.

import type { AddressInfo } from 'node:net'
import express from 'express'
import Stripe from 'stripe'
import { webhookSecret } from '../../support/members.ts'

const app = express()
app.post('/webhooks/stripe', express.raw({ type: 'application/json' }), (request, response) => {
  // express.raw leaves a Buffer, or nothing where the type differs; then the check throws.
  const body: unknown = request.body
  Stripe.webhooks.constructEvent(
    Buffer.isBuffer(body) ? body : '',
    String(request.headers['stripe-signature']),
    webhookSecret,
  )
  response.json({ received: true })
})
const server = app.listen(0, '127.0.0.1', () => {
  // A server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}`, pid: process.pid })}\n`)
})
process.once('SIGTERM', () => process.exit(0))
