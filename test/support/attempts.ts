import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { showOutputSchema, verifyOutputSchema } from '../../core/model/outputs.ts'
import type { AttemptOutput, ShowOutput } from '../../core/model/outputs.ts'
import { runInside } from './cli.ts'
import type { TestProject } from './project.ts'

/** `autopack show r PHASE --json`. */
export async function shownPhase(project: TestProject, phase: string, run = 'r'): Promise<ShowOutput> {
  const { exitCode, stdout, stderr } = await runInside(project, ['show', run, phase, '--json'])
  assert.is(exitCode, 0, stderr)
  return showOutputSchema.parse(JSON.parse(stdout))
}

/** Every attempt of the phase, oldest first; each has ended, has its receipt, and `autopack verify` confirms it. */
export async function verifiedAttempts(project: TestProject, phase: string, run = 'r'): Promise<AttemptOutput[]> {
  const { attempts } = await shownPhase(project, phase, run)
  for (const attempt of attempts) {
    assert.ok(attempt.outcome, `attempt ${attempt.number} of ${phase} never ended`)
    const { stdout } = await runInside(project, ['verify', attempt.dir, '--json'])
    const verified = verifyOutputSchema.parse(JSON.parse(stdout))
    assert.equal([verified.ok, verified.problems, verified.unknown], [true, [], []], `attempt ${attempt.number} of ${phase}`)
    assert.is(verified.receipt?.outcome, attempt.outcome)
  }
  return attempts
}

export const patchOf = (attempt: AttemptOutput): Promise<string> => readFile(join(attempt.dir, 'changes.patch'), 'utf8').catch(() => '')
