/**
 * Builds what is published into dist/: JavaScript, declarations and the JSON schemas.
 *
 *   npm run build            (`prepare` too, so that installing from a git URL works)
 *   node test/support/build.ts --out DIR
 *
 * What dist/ holds already is not made again: npm asks for it twice when it installs from a git URL, and whenever it packs.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: options } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } })
const out = resolve(options.out)
// A whole build takes the old one's place: a reader never meets half of one, nor a file whose source is gone.
const fresh = `${out}.${process.pid}.new`

/** What takes part in a build, with the packages that are installed, and what it makes. */
const [taken, made] = [['{core,plugins,presets}/**/*', '{package,tsconfig,tsconfig.build}.json', 'test/support/{build,plugin-schemas}.ts', 'node_modules/.package-lock.json'], 'dist/**/*'] as const
const stamp = join(root, 'node_modules/.autopack-build')

if (options.out === join(root, 'dist') && isMade()) console.log('dist/ is what the sources make: nothing to build')
else await build()

async function build(): Promise<void> {
  const sources = hashOf(...taken)
  try {
    compile(fresh)
    await writeSchemas(fresh)
    makeExecutable(join(fresh, 'core/cli/bin.js'))
    rmSync(out, { recursive: true, force: true })
    renameSync(fresh, out)
    if (options.out === join(root, 'dist')) writeFileSync(stamp, `${sources} ${hashOf(made)}\n`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

function isMade(): boolean {
  try {
    return readFileSync(stamp, 'utf8') === `${hashOf(...taken)} ${hashOf(made)}\n`
  } catch {
    return false
  }
}

function hashOf(...patterns: string[]): string {
  const hash = createHash('sha256').update(process.version)
  for (const name of globSync(patterns, { cwd: root }).sort()) {
    const { mode } = statSync(join(root, name))
    hash.update(`\n${name} ${mode} `)
    if ((mode & 0o170000) === 0o100000) hash.update(readFileSync(join(root, name)))
  }
  return hash.digest('hex')
}

function compile(folder: string): void {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  const bin = (JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { tsc: string } }).bin.tsc
  const emit = (...more: string[]) => execFileSync(process.execPath, [join(dirname(manifest), bin), '--project', join(root, 'tsconfig.build.json'), '--outDir', folder, ...more], { stdio: ['ignore', 'inherit', 'inherit'], cwd: root })
  try {
    // Several checkers check what they share several times: half as much work again, for a second of waiting.
    emit('--emitDeclarationOnly', '--checkers', '1')
    // Editors show the comments of declarations; those of the JavaScript would be an eighth of the package, read and skipped at every start.
    emit('--noCheck', '--declaration', 'false', '--removeComments')
  } catch {
    throw new Error('build: the compiler found errors (above); nothing was written')
  }
}

async function writeSchemas(folder: string): Promise<void> {
  const { configJsonSchema, planJsonSchema } = (await import(pathToFileURL(join(root, 'core/config/json-schema.ts')).href)) as {
    configJsonSchema(): unknown
    planJsonSchema(): unknown
  }
  const { outputJsonSchemas } = (await import(pathToFileURL(join(root, 'core/model/outputs.ts')).href)) as { outputJsonSchemas(): Record<string, unknown> }
  const { pluginJsonSchemas } = (await import(pathToFileURL(join(root, 'test/support/plugin-schemas.ts')).href)) as { pluginJsonSchemas(): Record<string, unknown> }
  mkdirSync(join(folder, 'schemas'))
  for (const [name, schema] of Object.entries({ config: configJsonSchema(), plan: planJsonSchema(), ...outputJsonSchemas(), ...pluginJsonSchemas() })) {
    writeFileSync(join(folder, 'schemas', `${name}.json`), `${JSON.stringify(schema, undefined, 2)}\n`)
  }
}

/** npm sets the bit for an installed package; `npx` in a clone and `npm link` need it here. */
function makeExecutable(file: string): void {
  if (!readFileSync(file, 'utf8').startsWith('#!/usr/bin/env node')) throw new Error(`build: ${file} does not start with #!/usr/bin/env node`)
  chmodSync(file, 0o755)
}
