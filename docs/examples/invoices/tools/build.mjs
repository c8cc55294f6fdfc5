// The builder of this example: node tools/build.mjs PHASE ATTEMPT
// Copies the work prepared for a phase into the project: work/PHASE/ATTEMPT where that exists, else work/PHASE/1.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const [phase, attempt] = process.argv.slice(2)
console.log(`working on ${phase}, attempt ${attempt}`)
if (phase === 'lockfile') writeLockfile()
else copyPrepared([attempt, '1'].map((number) => join('tools/work', phase, number)).find((folder) => existsSync(folder)))

/** Reads before it writes, as tools do that expect the file to be there. */
function writeLockfile() {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'))
  writeFileSync('package-lock.json', `${JSON.stringify({ ...lock, name, version, lockfileVersion: 3, requires: true, packages: { '': { name, version } } }, undefined, 2)}\n`)
  console.log('wrote package-lock.json')
}

/** The files end in .txt, so that no tool takes them for a part of the project. */
function copyPrepared(folder) {
  if (folder === undefined) throw new Error(`nothing is prepared for phase ${phase}`)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const source = join(entry.parentPath, entry.name)
    const target = relative(folder, source).replace(/\.txt$/, '')
    mkdirSync(dirname(join('.', target)), { recursive: true })
    copyFileSync(source, target)
    console.log(`wrote ${target}`)
  }
}
