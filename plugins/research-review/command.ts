import type { PluginCommand } from '../../core/index.ts'
import type { ReviewCriteria } from './criteria.ts'

const usage = `review [list [RUN]] [--all]
       autopack review show RUN PHASE
       autopack review approve|reject RUN PHASE [--comments TEXT] [--reviewer NAME]
       autopack review more RUN PHASE --comments TEXT [--reviewer NAME]`

/** `autopack review`. */
export function reviewCommand(criteria: ReviewCriteria): PluginCommand {
  return {
    name: 'review',
    usage,
    summary: `Decides phases that wait for a review

  list      what waits, of all runs or of one; --all: what was decided too
  show      what a phase found out, and what the rules would say
  approve   its work goes onto the run's branch; phases that need it go on with the next run
  reject    the phase fails
  more      the phase is queued again, with your comments in its prompt

  --json prints data. Exit code 1: an approved phase failed on the way to the branch, or somebody decided first.

Example:
  $ autopack review approve export-20261201 survey --comments "go with the second one"`,
    // Loaded when it is called: every command loads this file.
    run: async ({ args, json, print, api }) => (await import('./run-command.ts')).runReview({ args, json, print, api, criteria }),
  }
}
