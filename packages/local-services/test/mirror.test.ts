// The machine's own apt sources say where packages come from.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { debianMirror, mirrorInLines, mirrorInStanzas } from '../src/mongo/stand-in/mirror.ts'
import { folderForTest } from './support/processes.ts'

test('one-line sources: comments, options and side suites are seen through', () => {
  const text = [
    '# deb http://old.example/debian bookworm main',
    'deb http://packages.example/debian-security bookworm-security main',
    'deb-src http://source.example/debian bookworm main',
    'deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian bookworm main contrib',
  ].join('\n')
  expect(mirrorInLines(text)).toBe('http://mirror.example/debian')
})

test('deb822 sources: the first enabled stanza that carries a whole suite', () => {
  const text = `Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Types: deb deb-src
# a comment between the fields
URIs:
 http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
`
  expect(mirrorInStanzas(text)).toBe('http://mirror.example/debian')
})

test('files that apt itself does not read are not read; no mirror is no answer', async () => {
  const folder = await folderForTest()
  await mkdir(join(folder, 'sources.list.d'))
  await writeFile(join(folder, 'sources.list.d/a.list.disabled'), 'deb http://off.example/debian sid main\n')
  expect(await debianMirror(folder)).toBeUndefined()
  await writeFile(join(folder, 'sources.list.d/b.list'), 'deb http://mirror.example/debian sid main\n')
  expect(await debianMirror(folder)).toBe('http://mirror.example/debian')
})
