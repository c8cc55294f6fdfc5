import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { delimiter } from 'node:path'
import { findOnPath } from '../../core/cli/find-program.ts'
import { writeFiles, type TestProject } from './project.ts'
import { outside } from './run-project.ts'

/** What it says when it fails. */
export const gitsLastWords = 'fatal: the disk does not answer'

/** A git that puts its calls on record and ends as a crash of it would where a test of the shell holds: of `$number`, the number of the call, from 1, or of `$*`. Returns the PATH that finds it. */
export async function gitFailingWhere(project: TestProject, condition: string): Promise<string> {
  const real = (await findOnPath('git', project.env))!
  const calls = outside(project, 'calls')
  // Some run at the same time: a folder is made by one of them only.
  const script = `#!/bin/sh
number=$(( $(ls '${calls}' | wc -l) + 1 ))
until mkdir '${calls}'/$number 2> /dev/null; do number=$((number + 1)); done
printf '%s' "$*" | tr '\\n' ' ' | tail -c 160 > '${calls}'/$number/arguments
if ${condition}; then echo '${gitsLastWords}' >&2; exit 128; fi
exec '${real}' "$@"
`
  await writeFiles(outside(project), { 'bin/git': script })
  await mkdir(calls)
  await chmod(outside(project, 'bin/git'), 0o755)
  return [outside(project, 'bin'), project.env['PATH']].join(delimiter)
}

export const countOfCalls = async (project: TestProject): Promise<number> => (await readdir(outside(project, 'calls'))).length

export const callOf = (project: TestProject, number: number): Promise<string> => readFile(outside(project, 'calls', String(number), 'arguments'), 'utf8').catch(() => 'a call that was never made')
