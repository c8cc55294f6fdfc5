import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Package } from './declared.ts'
import { escape } from './runners.ts'
import type { RunnerName } from './runners.ts'

/** What to write into the test file, and where, so that it skips itself for good. `file` is relative to the project root. */
export function permanentFix(projectRoot: string, file: string, module: string, found: Package, runner: RunnerName): string {
  const lines = linesOf(path.join(projectRoot, file))
  if (found.ecosystem === 'node') return nodeFix(lines, file, module, runner)
  const imported = found.imports.find((name) => name === module || name.startsWith(`${module}.`)) ?? module
  const statement = `${imported.split('.').at(-1)} = pytest.importorskip("${imported}")`
  const word = escape(imported)
  const plain = lines.findIndex((line) => new RegExp(`^import ${word}\\s*(?:#.*)?$`).test(line))
  if (plain !== -1) return `${statement} in the place of line ${plain + 1} of ${file}`
  const top = escape(imported.split('.')[0]!)
  const partly = lines.findIndex((line) => new RegExp(`^(?:import|from) ${top}\\b`).test(line))
  if (partly !== -1) return `${statement} before line ${partly + 1} of ${file}`
  // The import is somewhere below: what skips the file must come before the first thing that leads there.
  const first = lines.findIndex((line) => /^(?:import|from) (?!__future__|pytest\b)/.test(line))
  return `${statement} ${first === -1 ? 'at the top' : `before line ${first + 1}`} of ${file}`
}

function nodeFix(lines: readonly string[], file: string, module: string, runner: RunnerName): string {
  const name = module.replace(/^@/, '').replace(/[^\w]+(\w?)/g, (_, letter: string) => letter.toUpperCase())
  const at = lines.findIndex((line) => line.includes(`'${module}'`) || line.includes(`"${module}"`))
  // Where another file imports it, that one is to be loaded only if the package is there.
  const where = at === -1 ? `at the top of ${file}, loading what needs it only if ${name} is there` : `in the place of line ${at + 1} of ${file}`
  const required = at === -1 ? lines.some((line) => line.includes('require(')) && !lines.some((line) => /^import\b/.test(line)) : lines[at]!.includes('require(')
  const load = required ? `let ${name}; try { ${name} = require('${module}') } catch {}` : `const ${name} = await import('${module}').catch(() => undefined)`
  return `${load} ${where}, and ${skipping(runner, name)}`
}

function skipping(runner: RunnerName, name: string): string {
  switch (runner) {
    case 'vitest': return `describe.skipIf(!${name})(…) around its tests`
    case 'jest': case 'mocha': return `(${name} ? describe : describe.skip)(…) around its tests`
    default: return `{ skip: !${name} } as the options of its tests`
  }
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)
  } catch {
    return []
  }
}
