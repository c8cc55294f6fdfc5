import type { Draft } from '../project/draft/draft.ts'
import type { PlanTarget } from '../project/draft/target.ts'
import type { Repository } from '../workspace/workspace.ts'
import { formatUsage, plural } from '../reporters/format.ts'
import { deliverablePaths } from '../model/plan.ts'
import type { CliContext } from './context.ts'

/** What was drafted, phase by phase, and what should be known of it. */
export function draftLines(draft: Draft, { style }: CliContext): string[] {
  const { phases } = draft.plan!.plan
  const checks = phases.reduce((sum, phase) => sum + phase.checks.length, 0)
  const head = [plural(phases.length, 'phase'), plural(checks, 'check'), plural(phases.reduce((sum, phase) => sum + deliverablePaths(phase).length, 0), 'deliverable')].join(', ')
  return [
    [`${style.bold(draft.plan!.plan.id)}  ${head}`, `by ${draft.builder}${draft.rounds > 1 ? ', mended once' : ''}`, formatUsage(draft.usage)].filter(Boolean).join(' · '),
    ...noteLines(draft, style),
  ]
}

/** Of a draft that cannot be used: what it cost all the same, and what should be known of it. */
export function uselessLines(draft: Draft, { style }: CliContext, file: string): string[] {
  const spent = [formatUsage(draft.usage), `by ${draft.builder} in ${plural(draft.rounds, 'round')}`].filter(Boolean).join(' · ')
  return [`The draft cannot be used, and is kept: ${file}`, `spent  ${spent}`, ...noteLines(draft, style)]
}

const noteLines = (draft: Draft, style: CliContext['style']): string[] => draft.notes.map((note) => style.yellow(`note  ${note}`))

/** The draft against the plan that is there, as a unified diff; nothing where they are the same. */
export async function diffLines(repository: Repository, target: PlanTarget, draft: string): Promise<string[]> {
  const before = target.exists ? target.file : '/dev/null'
  const { stdout } = await repository.git({ cwd: repository.root, args: ['diff', '--no-index', '--no-ext-diff', '--no-textconv', '--no-color', '--', before, draft], allow: [0, 1], reading: true })
  const lines = stdout.toString('utf8').trimEnd().split('\n')
  const first = lines.findIndex((line) => line.startsWith('@@'))
  return first < 0 ? [] : [`--- ${target.exists ? `a/${target.source}` : '/dev/null'}`, `+++ b/${target.source}`, ...lines.slice(first)]
}
