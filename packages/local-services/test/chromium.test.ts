// A browser for tests: which one, and what is said where there is none.
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findChromium } from '../src/index.ts'
import { run } from '../src/process/command.ts'
import { folderForTest } from './support/processes.ts'

const announce = () => {}

test('one that is installed is taken, if it runs', async () => {
  const folder = await folderForTest()
  const path = join(folder, 'chromium-browser')
  await writeFile(path, '#!/bin/sh\necho Chromium 156.0.1.2\n')
  await writeFile(join(folder, 'chromium'), '#!/bin/sh\nexit 1\n')
  for (const name of ['chromium', 'chromium-browser']) await chmod(join(folder, name), 0o755)
  const found = await findChromium({ announce, env: { PATH: `${folder}:${process.env['PATH']}` } })
  expect(found.path).toBe(path)
})

test('where none is installed one is unpacked, and runs', async () => {
  const { path, env } = await findChromium({ announce })
  expect(await run([path, '--version'], { env })).toMatch(/(Chrom\w+) \d+/)
})

test('where there can be none, the error says what to install', async () => {
  const PATH = await folderForTest()
  await expect(findChromium({ announce, env: { PATH } })).rejects.toThrow(
    'No Chromium for this machine: no apt-get here. install it: "apt-get install chromium"',
  )
})
