# syntax=docker/dockerfile:1

# Owns the images: gateway, worker, sandbox and the command line, one target each.
# Promises: no build step, no dev dependency, no root at run time; each image holds the code of its own process only.
# Node runs TypeScript as it is, but never below node_modules: the workspace is copied as it lies, and pnpm's links
# from node_modules lead back into it.

FROM node:24-bookworm-slim AS base
WORKDIR /app

# Manifests first: the installs below are made again only when one of these changes.
FROM base AS manifests
ENV NPM_CONFIG_CACHE=/cache/npm
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY patches patches
COPY apps/cli/package.json apps/cli/
COPY apps/gateway/package.json apps/gateway/
COPY apps/worker/package.json apps/worker/
COPY packages/client/package.json packages/client/
COPY packages/domain/package.json packages/domain/
COPY packages/local-services/package.json packages/local-services/
COPY packages/stripe-sandbox/package.json packages/stripe-sandbox/

# --no-optional: the image brings its Node, the one in the lockfile is for machines without.
FROM manifests AS gateway-modules
RUN --mount=type=cache,target=/cache/npm \
    npx -y pnpm@12 install --prod --no-optional --frozen-lockfile --filter '@lockstep/gateway...'

FROM manifests AS worker-modules
RUN --mount=type=cache,target=/cache/npm \
    npx -y pnpm@12 install --prod --no-optional --frozen-lockfile --filter '@lockstep/worker...'

FROM manifests AS cli-modules
RUN --mount=type=cache,target=/cache/npm \
    npx -y pnpm@12 install --prod --no-optional --frozen-lockfile --filter '@lockstep/cli...'

# The health checks ask /livez: whoever restarts what is unhealthy must not do so because MongoDB is away.

FROM base AS gateway
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
COPY --from=gateway-modules /app ./
COPY packages/domain/src packages/domain/src
COPY apps/gateway/src apps/gateway/src
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=50", "apps/gateway/src/main.ts"]

FROM base AS worker
ENV NODE_ENV=production WORKER_HOST=0.0.0.0 WORKER_PORT=8081
COPY --from=worker-modules /app ./
COPY packages/domain/src packages/domain/src
COPY apps/worker/src apps/worker/src
USER node
EXPOSE 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WORKER_PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=50", "apps/worker/src/main.ts"]

# The local Stripe: for trying out, never for production, under which it refuses to start. It needs no package.
FROM base AS sandbox
ENV NODE_ENV=development SANDBOX_PORT=12111
COPY packages/stripe-sandbox/package.json packages/stripe-sandbox/
COPY packages/stripe-sandbox/spec packages/stripe-sandbox/spec
COPY packages/stripe-sandbox/src packages/stripe-sandbox/src
# Its customers outlive it: an empty Stripe beside a full MongoDB would look as if somebody had deleted everything.
RUN install --directory --owner=node --group=node /data
VOLUME /data
USER node
EXPOSE 12111
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SANDBOX_PORT}/_sandbox/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "packages/stripe-sandbox/src/main.ts", "--host", "0.0.0.0"]
CMD ["--port", "12111", "--persist", "/data/sandbox.journal"]

# `lockstep …`: keys, doctor, verify. Not a process that stays. It may look into every other one.
FROM base AS cli
ENV NODE_ENV=production
COPY --from=cli-modules /app ./
COPY packages packages
COPY apps apps
USER node
ENTRYPOINT ["node", "apps/cli/src/main.ts"]
CMD ["--help"]
