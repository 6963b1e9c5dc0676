import { runSchedule } from './schedule.ts'
import { shrink, printSteps, readSteps } from './shrink.ts'
import { Death } from './simulated-process.ts'
process.on('unhandledRejection', (error) => {
  if (!(error instanceof Death)) throw error
})
const first = Number(process.argv[2] ?? 1)
const count = Number(process.argv[3] ?? 1)
const keep = process.argv[4] ? readSteps(process.argv[4]) : undefined
let bad = 0
const t = performance.now()
for (let seed = first; seed < first + count; seed++) {
  let o = await runSchedule(seed, keep ? { keep } : {})
  if (count === 1 && process.env.SHRINK) {
    const s = await shrink(o)
    o = s.outcome
    console.log(printSteps(s.keep))
  }
  if (count === 1) console.log(o.trace.join('\n'), o.hash)
  if (o.broken.length) {
    bad++
    console.log('seed', seed, o.broken.slice(0, 4).join('\n   '))
  }
}
console.log(bad, 'bad of', count, ((performance.now() - t) / count).toFixed(0), 'ms each')
