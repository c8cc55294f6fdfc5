/**
 * A small repository with four runs of four phases. Builders take their work in steps, so that a kill finds them at half of it; one leaves a child that
 * goes on writing, one writes what its check refuses. What each branch must hold in the end is known to the byte.
 */
import type { PlanInput } from '../../core/model/plan.ts'
import { makeProject, writeFiles } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { outside } from '../support/run-project.ts'

export const runIds = ['one', 'two', 'three', 'four'] as const
export const phaseIds = ['plain', 'slow', 'orphan', 'last'] as const
/** The phase whose check refuses what it writes, whatever is tried. */
export const isHopeless = (run: string, phase: string): boolean => run === 'two' && phase === 'slow'

/** What a phase writes when nothing disturbs it. */
export const contentOf = (run: string, phase: string): string => `${run} ${phase} begins\n${run} ${phase} is ${isHopeless(run, phase) ? 'wrong' : 'right'}\n`

const builder = `
file="src/$AUTOPACK_RUN-$AUTOPACK_PHASE.txt"
echo '{"usage":{"input_tokens":100,"output_tokens":10}}' >> "$AUTOPACK_USAGE_FILE"
echo "$AUTOPACK_RUN $AUTOPACK_PHASE begins" > "$file"
echo "never kept" > vendor/poison.txt
case "$AUTOPACK_PHASE" in
  slow) sleep 0.1 ;;
  orphan) node -e 'require("child_process").spawn("sh", ["-c", "while sleep 0.02; do echo $AUTOPACK_ATTEMPT_ID > src/late.txt; done"], { detached: true, stdio: "ignore" }).unref()' ;;
esac
word=right
if [ "$AUTOPACK_RUN-$AUTOPACK_PHASE" = two-slow ]; then word=wrong; fi
echo "$AUTOPACK_RUN $AUTOPACK_PHASE is $word" >> "$file"
`
// Reads every file of the tree: a candidate with half a file, or one of a phase that is not its own, is refused.
const check = `
for file in src/*-*.txt; do
  [ -e "$file" ] || continue
  [ "$(wc -l < "$file")" -eq 2 ] || { echo "$file is half a file"; exit 1; }
  if grep -q wrong "$file"; then echo "$file is wrong"; exit 1; fi
done
`
const config = (project: TestProject, phaseParallelism: number): string => `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'

const outside = ${JSON.stringify(outside(project))}
export default defineConfig({
  project: 'tortured',
  builder: command({ run: ['sh', outside + '/builder'] }),
  checks: [{ name: 'whole', run: ['sh', outside + '/check'] }],
  workspace: { setup: [['sh', '-c', 'mkdir -p vendor && echo installed > vendor/package.txt']], cache: ['vendor'], key: ['vendor.lock'] },
  drain: { parallel: 2, phaseParallelism: ${phaseParallelism}, maxFingerprintRepeats: 100 },
})
`
const plan = (run: string): PlanInput => ({
  id: run,
  phases: phaseIds.map((phase) => ({ id: phase, goal: `Write the ${phase} part of ${run}.`, scope: { paths: [`src/${run}-${phase}.txt`, ...(phase === 'orphan' ? ['src/late.txt'] : [])] }, deliverables: [`src/${run}-${phase}.txt`] })),
})

/** `phaseParallelism`: phases of each run that may be executed at once; none of them needs another. */
export async function makeWorld(runs: readonly string[] = runIds, phaseParallelism = 1): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/kept.txt': 'kept\n', 'vendor.lock': '1\n', '.gitignore': 'vendor/\n.autonomous_runs/\n' }, leakCheck: false })
  await writeFiles(outside(project), { builder, check })
  await project.write({ 'autopack.config.ts': config(project, phaseParallelism), ...Object.fromEntries(runs.map((run) => [`runs/${run}.json`, `${JSON.stringify(plan(run), null, 2)}\n`])) })
  await project.commit('prepare')
  return project
}
