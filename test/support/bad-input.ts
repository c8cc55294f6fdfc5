/**
 * For tests of bad input: a project with something wrong in it, and what every refusal has in common.
 *
 *   await refused({ files: { ...good, 'runs/r.yaml': … } }, `error[…]: …`)
 */
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { runInside } from './cli.ts'
import { makeProject } from './project.ts'
import type { ProjectOptions, TestProject } from './project.ts'

/** A config that could run: its builder writes what the phase asks for. */
export const goodConfig = `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'

export default defineConfig({ project: 'demo', builder: command({ run: ['touch', 'made.txt'] }) })
`
/** A plan of one phase that could run. */
export const goodPlan = `id: demo
phases:
  - id: one
    goal: Make made.txt.
    scope: { paths: [made.txt] }
`
export const good: Readonly<Record<string, string>> = { 'autopack.config.ts': goodConfig, 'runs/demo.yaml': goodPlan }

export interface Refusal extends ProjectOptions {
  /** What is wrong and no file of the project can say. */
  before?: (project: TestProject) => Promise<unknown>
  /** Command lines that are all refused with the same text. Default: `run`. */
  commands?: readonly (readonly string[])[]
  exitCode?: number
  /** In the project; default: its folder. */
  cwd?: string
}

/** Asserts that every command prints exactly that text on stderr, nothing on stdout, no stack trace, and changes nothing at all. */
export async function refused(refusal: Refusal, expected: string): Promise<void> {
  await using project = await makeProject(refusal)
  await refusal.before?.(project)
  const before = await snapshot(project)
  for (const command of refusal.commands ?? [['run']]) {
    const { exitCode, stdout, stderr } = await runInside(project, command, { cwd: project.path(refusal.cwd ?? '') })
    const text = readable(project, stderr)
    assert.fixture(text, `${expected.replace(/^\n/, '')}\n`, `autopack ${command.join(' ')} printed\n${text}`)
    assert.not.match(stderr, /^\s+at /m)
    assert.is(stdout, '', command.join(' '))
    assert.is(exitCode, refusal.exitCode ?? 2, command.join(' '))
    assert.equal(await snapshot(project), before, `autopack ${command.join(' ')} changed something`)
  }
}

/** A text without what differs from one machine to the next. */
export function readable(project: TestProject, text: string): string {
  return text.replaceAll(project.dir, '/project').replaceAll(project.base, '/base')
}

/** Every file of the project, of its repository and of the home folder, by its content: refs, worktrees and the runs directory are among them. */
export async function snapshot(project: TestProject): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(project.base, folder), { withFileTypes: true })) {
      const name = join(folder, entry.name)
      const file = join(project.base, name)
      if (entry.name === 'node-compile-cache') continue
      if (entry.isDirectory()) {
        found[`${name}/`] = 'folder'
        await walk(name)
      } else if (entry.isSymbolicLink()) found[name] = `link to ${await readlink(file)}`
      else found[name] = entry.isFile() ? createHash('sha256').update(await readFile(file)).digest('hex') : String((await lstat(file)).mode)
    }
  }
  await walk('')
  return found
}
