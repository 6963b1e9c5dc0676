// Import rules, one reason each. What a package does not declare does not resolve anyway; these say the rest.
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'two files that need each other are one subject, or the wrong cut',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-stays-pure',
      comment:
        'decisions run in the simulation and in property tests: no driver, no clock, no chance, no process',
      severity: 'error',
      from: { path: '^packages/domain/src/(customer|sync|operation|event|error)/' },
      to: {
        path: '(mongoose|mongodb|ioredis|bullmq|/stripe/esm|^node:(http|https|net|fs|timers|child_process))',
      },
    },
    {
      name: 'ports-before-adapters',
      comment: 'the lanes speak to ports; only the wiring knows which adapter stands behind',
      severity: 'error',
      from: { path: '^apps/(worker|gateway)/src/', pathNot: '/(main|worker|open-ports)\\.ts$' },
      to: { path: '^packages/domain/src/(store/(mongo|memory)|doorbell/(bullmq|memory))/?' },
    },
    {
      name: 'product-does-not-import-its-double',
      comment: 'gateway, worker and domain must not know the sandbox: what passes there must pass on Stripe',
      severity: 'error',
      from: { path: '^(apps/(gateway|worker)|packages/domain)/src/' },
      to: { path: '^packages/(stripe-sandbox|local-services)/' },
    },
    {
      name: 'gateway-holds-no-stripe-key',
      comment: 'least privilege: the gateway has webhook secrets, the worker the keys',
      severity: 'error',
      from: { path: '^apps/gateway/src/' },
      to: { path: '^packages/domain/src/stripe/stripe-client' },
    },
    {
      name: 'client-runs-everywhere',
      comment: 'browsers, Deno and Bun: no dependency, nothing of Node, nothing of the server',
      severity: 'error',
      from: { path: '^packages/client/src/' },
      to: { pathNot: '^packages/client/src/' },
    },
    {
      name: 'sandbox-stands-alone',
      comment: 'people may install it for its own sake',
      severity: 'error',
      from: { path: '^packages/stripe-sandbox/src/' },
      to: { path: '^(apps|packages/(domain|local-services))/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)node_modules/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
