/** Owns durations as people type them. */
import { CommandError } from './command.ts'

const unitSeconds: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Seconds of `90`, `90s`, `10m`, `2h`, `3d`, `1w` or several together (`1d12h`). Throws a CommandError. */
export function secondsOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new CommandError(`${text} is no duration: write 90s, 10m, 2h, 3d, 1w, or several together (1d12h)`)
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitSeconds[unit] ?? 0), 0)
}

/** Milliseconds as people read them: the two largest units. */
export function durationText(ms: number): string {
  let rest = Math.round(ms / 1000)
  const parts = ['d', 'h', 'm', 's'].flatMap((unit) => {
    const seconds = unitSeconds[unit] ?? 1
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    return count > 0 ? [`${count} ${unit}`] : []
  })
  return parts.slice(0, 2).join(' ') || '0 s'
}
