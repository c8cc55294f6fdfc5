import { memoryFreer } from '../../../core/cli/free-memory.ts'
import type { EventBody } from '../../../core/model/events.ts'
import type { ProjectParts } from '../../../core/project/parts.ts'
import { runDrain } from '../../../core/project/run-drain.ts'
import { openInProcess } from '../../support/in-process.ts'
import type { TestProject } from '../../support/project.ts'
import type { GitClock } from './git-clock.ts'

/** The smallest builder that changes something, so that there is a commit; and the smallest check. */
export const builderCommand = ['sh', '-c', 'echo "$AUTOPACK_PHASE" > work/a.txt'] as const
export const checkCommand = ['true'] as const

export const config = `import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'
export default defineConfig({
  project: 'bench', plans: ['plans/*.json'], workspace: { dir: '../worktrees' },
  builder: command({ run: ${JSON.stringify(builderCommand)}, usage: 'none' }),
  checks: [{ name: 'check', run: ${JSON.stringify(checkCommand)} }],
})
`

export function plan(id: string, phases: number): unknown {
  return { id, phases: Array.from({ length: phases }, (_, index) => ({ id: `phase-${index}`, goal: `Do thing ${index}`, scope: { paths: ['work/'] } })) }
}

export interface Subject extends AsyncDisposable {
  /** Drains one run as the command line does. Times are milliseconds from the end of its first phase on: that one made the worktree. `acquire`: what its phases work in, default worktrees. */
  drain(run: string, git: GitClock, acquire?: ProjectParts['acquire']): Promise<{ perPhase: number; gitPerPhase: number; gitCommands: number }>
}

export async function openSubject(project: Pick<TestProject, 'dir' | 'env'>): Promise<Subject> {
  const opened = await openInProcess(project)
  // As the command line does.
  const memory = memoryFreer()
  return {
    async drain(run, git, acquire) {
      const ends: { at: number; busyMs: number; commands: number }[] = []
      const faults: unknown[] = []
      const emit = (event: EventBody): void => {
        memory.event(event)
        if (event.type === 'phase-finished') {
          ends.push({ at: performance.now(), busyMs: git.busyMs, commands: git.commands })
          if (event.outcome !== 'complete') faults.push(event)
        }
      }
      await runDrain({
        project: { ...opened, ...(acquire && { acquire }) }, command: 'run', runs: [run], rules: {}, dryRun: false, allowDirty: false, rebase: false, resume: undefined, goalPlan: undefined,
        emit, signal: new AbortController().signal,
      })
      if (faults.length > 0) throw new Error(`a phase did not complete: ${JSON.stringify(faults[0])}`)
      const [first, last] = [ends[0]!, ends.at(-1)!]
      const count = ends.length - 1
      return { perPhase: (last.at - first.at) / count, gitPerPhase: (last.busyMs - first.busyMs) / count, gitCommands: (last.commands - first.commands) / count }
    },
    async [Symbol.asyncDispose]() { await opened.close() },
  }
}
