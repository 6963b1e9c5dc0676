// The gateway's program.

import { compileOnce } from '@lockstep/domain/process/compile-once'

compileOnce()
await import('./gateway-process.ts')
