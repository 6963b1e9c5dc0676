// The worker's program.

import { compileOnce } from '@lockstep/domain/process/compile-once'

compileOnce()
await import('./worker-process.ts')
