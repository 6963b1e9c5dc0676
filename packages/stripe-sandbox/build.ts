/**
 * Owns what is published: `dist`, plain JavaScript with declarations, made from the sources when the package is packed.
 * Promises: it is made from scratch, so nothing of an earlier build is in it; it needs no library and no newer Node than `engines` says.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = import.meta.dirname
rmSync(join(root, 'dist'), { recursive: true, force: true })
// pnpm puts the tools of the workspace on the PATH of every script.
execFileSync('tsc', ['-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
for (const path of globSync('dist/**/*.d.ts', { cwd: root })) {
  // The compiler rewrites the extensions of imports in JavaScript only; older compilers do not look for `x.d.ts` behind `x.ts`.
  const text = readFileSync(join(root, path), 'utf8')
  writeFileSync(join(root, path), text.replaceAll(/(from '|import\(")(\.[^'"]*)\.ts(['"])/g, '$1$2.js$3'))
}
// The live page is sent as it stands.
for (const path of globSync('live-page/**/*.{css,js}', { cwd: join(root, 'src') }))
  cpSync(join(root, 'src', path), join(root, 'dist', path))
