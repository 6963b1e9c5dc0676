import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { storeConformance } from './conformance.ts'

storeConformance('the in-process store', async () => memoryStore())
