// Owns `/docs`: the description of the API for people, in the reference UI of the package swagger-ui-dist.
// Promises: everything comes from this process, nothing from elsewhere; no script stands in the page, so the policy
// allows none but ours. A key that a reader types in stays in the page.

import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { type Router } from 'express'
import { lineOf } from '../http/serve.ts'

/** Where the package's own files lie. */
const assets = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')))

/** The only files of the package that the page asks for. */
const assetNames = new Set(['/swagger-ui.css', '/swagger-ui-bundle.js'])

/** The UI draws its icons from data URLs, and sends what a reader tries. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lockstep: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<noscript>This page needs JavaScript. The same, for programs: <a href="/openapi.json">/openapi.json</a>.</noscript>
<main id="api"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`

/** Without `validatorUrl: null` the UI would ask a host of its makers what it thinks of the description. */
const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
  persistAuthorization: false,
  validatorUrl: null,
})
`

/** Everything below `/docs`. */
export function docsRouter(): Router {
  const router = express.Router({ caseSensitive: true })
  router.use((req, res, next) => {
    lineOf(res).route = req.path === '/' ? '/docs' : '/docs/*'
    res.set('Content-Security-Policy', policy)
    next()
  })
  router.get('/', (_req, res) => void res.type('html').send(page))
  router.get('/start.js', (_req, res) => void res.type('js').send(start))
  const files = express.static(assets, { index: false, redirect: false, maxAge: '5m' })
  router.use((req, res, next) => (assetNames.has(req.path) ? files(req, res, next) : next()))
  return router
}
