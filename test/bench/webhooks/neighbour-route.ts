// What a user would pick instead for the receiving half: @supabase/stripe-sync-engine behind a bare express route, set up as its
// README shows (10 connections, the payload trusted). Acknowledged is what is a row. The database is its first argument.

import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type * as SyncEngine from '@supabase/stripe-sync-engine'
import express from 'express'
import { stripeKey, webhookSecret } from '../../support/members.ts'

// Its ES module looks for its migrations by __dirname, which no ES module has, and the error goes to its logger alone.
const engine: typeof SyncEngine = createRequire(import.meta.url)('@supabase/stripe-sync-engine')

const [, , databaseUrl = ''] = process.argv
await engine.runMigrations({ databaseUrl, schema: 'stripe' })
const sync = new engine.StripeSync({
  poolConfig: { connectionString: databaseUrl, max: 10 },
  stripeSecretKey: stripeKey,
  stripeWebhookSecret: webhookSecret,
})

const app = express()
app.post('/webhooks/stripe', express.raw({ type: 'application/json' }), async (request, response) => {
  // express.raw leaves a Buffer, or nothing where the type differs; then the check throws.
  const body: unknown = request.body
  await sync.processWebhook(Buffer.isBuffer(body) ? body : '', request.get('stripe-signature'))
  response.json({ received: true })
})
const server = app.listen(0, '127.0.0.1', () => {
  // A server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}`, pid: process.pid })}\n`)
})
process.once('SIGTERM', () => process.exit(0))
