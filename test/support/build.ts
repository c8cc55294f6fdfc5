/**
 * Builds what is published into dist/: JavaScript, declarations and the JSON schemas.
 *
 *   npm run build            (`prepare` too, so that installing from a git URL works)
 *   node test/support/build.ts --out DIR
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: options } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } })
const out = resolve(options.out)
// A whole build takes the old one's place: a reader never meets half of one, nor a file whose source is gone.
const fresh = `${out}.${process.pid}.new`

try {
  compile(fresh)
  await writeSchemas(fresh)
  makeExecutable(join(fresh, 'core/cli/bin.js'))
  rmSync(out, { recursive: true, force: true })
  renameSync(fresh, out)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(fresh, { recursive: true, force: true })
}

function compile(folder: string): void {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  const bin = (JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { tsc: string } }).bin.tsc
  try {
    // Several checkers check what they share several times: half as much work again, for a second of waiting.
    execFileSync(process.execPath, [join(dirname(manifest), bin), '--project', join(root, 'tsconfig.build.json'), '--outDir', folder, '--checkers', '1'], { stdio: ['ignore', 'inherit', 'inherit'], cwd: root })
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
