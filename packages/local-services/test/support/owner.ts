// Owns: a process that starts services and then only waits, to be ended by a test in every way there is.
// Prints one JSON line when they answer: the pids of all.   node owner.ts mongo|redis … [exit|throw]
import { startMongo, startRedis } from '../../src/index.ts'

const wanted = process.argv.slice(2)
const announce = () => {}
const services = await Promise.all([
  ...(wanted.includes('mongo') ? [startMongo({ env: {}, announce })] : []),
  ...(wanted.includes('redis') ? [startRedis({ env: {}, announce })] : []),
])
process.stdout.write(`${JSON.stringify(services.flatMap((service) => service.pids))}\n`)
if (wanted.includes('exit')) process.exit(0)
if (wanted.includes('throw')) throw new Error('nobody catches this')
setInterval(() => {}, 60_000)
