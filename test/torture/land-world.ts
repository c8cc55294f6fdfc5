/**
 * Runs that are complete and wait to be landed, each in its own way, and a git and a check that kill whoever started them when they are told to: at one of the
 * calls of git, before it, in its midst or after it, or in the midst of a check.
 */
import { chmod, mkdir, rm } from 'node:fs/promises'
import { delimiter } from 'node:path'
import { findOnPath } from '../../core/cli/find-program.ts'
import type { PlanInput } from '../../core/model/plan.ts'
import { makeProject, writeFiles } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { outside } from '../support/run-project.ts'

export interface Way {
  run: string
  phases: readonly string[]
  args: readonly string[]
  /** The branch that it goes into. */
  target: string
  exitCode: 0 | 1
  /** Where the target is: here, or in the repository that it is pushed to, where it stays as it is. */
  pushed?: true
}

/** In this order: each but the first two finds a target that has moved. */
export const ways: readonly Way[] = [
  { run: 'ahead', phases: ['one', 'two'], args: ['--into', 'quiet'], target: 'quiet', exitCode: 0 },
  { run: 'straight', phases: ['one'], args: ['--update-checkout'], target: 'main', exitCode: 0 },
  { run: 'rebased', phases: ['one', 'two', 'three'], args: ['--update-checkout'], target: 'main', exitCode: 0 },
  { run: 'beside', phases: ['one', 'two'], args: ['--into', 'release'], target: 'release', exitCode: 0 },
  { run: 'clash', phases: ['one'], args: ['--update-checkout'], target: 'main', exitCode: 1 },
  { run: 'asked', phases: ['one', 'two'], args: ['--pr', 'upstream'], target: 'main', exitCode: 0, pushed: true },
]

export const contentOf = (run: string, phase: string): string => `${run} ${phase} begins\n${run} ${phase} ends\n`

const builder = `
file="src/$AUTOPACK_RUN-$AUTOPACK_PHASE.slow"
echo "$AUTOPACK_RUN $AUTOPACK_PHASE begins" > "$file"
echo "$AUTOPACK_RUN $AUTOPACK_PHASE ends" >> "$file"
if [ "$AUTOPACK_RUN" = clash ]; then echo clash > shared.txt; fi
`
/** Refuses half a file; and where it is told to, kills the landing that waits for it and goes on for a while. */
const check = (folder: string): string => `
for file in src/*-*.slow; do
  [ -e "$file" ] || continue
  [ "$(wc -l < "$file")" -eq 2 ] || { echo "$file is half a file"; exit 1; }
done
if [ "$(cat '${folder}/kill-check' 2> /dev/null)" = yes ]; then
  rm '${folder}/kill-check'; kill -9 $PPID
  for turn in 1 2 3 4 5 6 7 8; do echo late > src/late.txt; sleep 0.2; done
fi
`
const config = (folder: string): string => `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'
export default defineConfig({
  project: 'landed',
  builder: command({ run: ['sh', ${JSON.stringify(`${folder}/builder`)}], usage: 'none' }),
  checks: [{ name: 'whole', run: ['sh', ${JSON.stringify(`${folder}/check`)}] }],
  drain: { parallel: 2 },
})
`

/** One that counts its calls, and in the one that it is told kills its caller: before it begins, after some milliseconds (and itself with it, if told so), or once it is through. */
const git = (real: string, folder: string): string => `#!/bin/sh
if [ -e '${folder}/kill-at' ]; then
  number=$(( $(ls '${folder}/calls' | wc -l) + 1 ))
  until mkdir '${folder}/calls/'$number 2> /dev/null; do number=$((number + 1)); done
  read at how pause < '${folder}/kill-at'
  case "$number $*" in "$at "*|*" $at "*) hit=yes ;; *) hit=no ;; esac
  if [ $hit = yes ]; then
    rm '${folder}/kill-at'
    printf '%s' "$*" | tr '\\n' ' ' | tail -c 120 > '${folder}/killed'
    case "$how" in
      before) kill -9 $PPID; exit 1 ;;
      orphan) kill -9 $PPID; exec '${real}' "$@" ;;
      after) '${real}' "$@"; code=$?; kill -9 $PPID; exit $code ;;
      midst) exec 3<&0; '${real}' "$@" <&3 & child=$!; sleep "$pause"; kill -9 $PPID; pkill -9 -P $child; kill -9 $child; exit 1 ;;
    esac
  fi
fi
exec '${real}' "$@"
`

export async function makeLandWorld(): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/kept.txt': 'kept\n', 'shared.txt': 'shared\n', '.gitignore': '.autonomous_runs/\n', '.gitattributes': '*.slow filter=slow\n' }, leakCheck: false })
  const folder = outside(project)
  await writeFiles(folder, { builder, check: check(folder), 'bin/git': git((await findOnPath('git', project.env))!, folder) })
  await chmod(outside(project, 'bin/git'), 0o755)
  const plan = ({ run, phases }: Way): PlanInput => ({
    id: run, base: 'main',
    phases: phases.map((phase, index) => ({
      id: phase, goal: `Write the ${phase} part of ${run}.`, scope: { paths: [`src/${run}-${phase}.slow`, 'shared.txt'] }, deliverables: [`src/${run}-${phase}.slow`],
      ...(index === 0 && { checks: [{ name: 'there', run: ['test', '-s', `src/${run}-${phase}.slow`] }] }),
    })),
  })
  await project.write({ 'autopack.config.ts': config(folder), ...Object.fromEntries(ways.map((way) => [`runs/${way.run}.json`, `${JSON.stringify(plan(way), null, 2)}\n`])) })
  await project.commit('prepare')
  // A person's filter, which takes its time: so that a checkout is not brought up to date in one moment.
  await project.git('config', 'filter.slow.smudge', 'sleep 0.05; cat')
  await project.git('config', 'filter.slow.clean', 'cat')
  await project.git('branch', 'quiet')
  await project.git('clone', '--quiet', '--bare', project.path('.'), outside(project, 'upstream.git'))
  await project.git('remote', 'add', 'upstream', outside(project, 'upstream.git'))
  const drained = await project.cli(['drain', '--json'], { limit: 300_000 })
  if (drained.exitCode !== 0) throw new Error(`the runs that are to be landed could not be executed: ${drained.stderr}${drained.stdout.slice(-800)}`)
  return project
}

/** After `straight` has landed: the targets of the others move on, by hand. */
export async function moveTargets(project: TestProject): Promise<void> {
  await project.commit('by hand', { 'shared.txt': 'shared, and changed by hand\n', 'src/hand.txt': 'hand\n' })
  const tree = await project.git('rev-parse', 'HEAD^{tree}')
  await project.git('branch', 'release', await project.git('commit-tree', tree, '-p', 'HEAD~1', '-m', 'a release'))
  await project.git('push', '--quiet', 'upstream', 'main')
}

/** `at`: the number of a call, or the command that it is. */
export interface Kill { kind: 'git'; at: number | 'merge' | 'update-ref' | 'push'; how: 'before' | 'orphan' | 'after' | 'midst'; pauseMs: number }

/** Sees to it that the next landing is killed there. Returns its environment. */
export async function arm(project: TestProject, kill: Kill | { kind: 'check' }): Promise<Record<string, string>> {
  await disarm(project)
  await mkdir(outside(project, 'calls'))
  if (kill.kind === 'check') await writeFiles(outside(project), { 'kill-check': 'yes\n' })
  else await writeFiles(outside(project), { 'kill-at': `${kill.at} ${kill.how} ${kill.pauseMs / 1_000}\n` })
  return { PATH: [outside(project, 'bin'), project.env['PATH']].join(delimiter) }
}

export async function disarm(project: TestProject): Promise<void> {
  for (const name of ['kill-at', 'kill-check', 'killed', 'calls']) await rm(outside(project, name), { recursive: true, force: true })
}
