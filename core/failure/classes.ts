import type { Action, Blame, BuiltInClass } from '../model/failure.ts'

/** What a class means where nobody says otherwise. */
export interface ClassDefaults {
  /** For a title without a cause: "The build fails". */
  title: string
  blame: Blame
  action: Action
}

const fail: Action = { type: 'fail' }

/** The one table of defaults. `blame` is that of a fault which the phase did not bring: see `blameOf`. */
export const classDefaults: Readonly<Record<BuiltInClass, ClassDefaults>> = {
  import_crash: { title: 'A module cannot be imported', blame: 'project', action: fail },
  syntax_error: { title: 'A file cannot be parsed', blame: 'project', action: fail },
  collection_error: { title: 'A test file cannot be loaded', blame: 'project', action: fail },
  missing_dependency: { title: 'A dependency is missing', blame: 'project', action: fail },
  test_failed: { title: 'A test fails', blame: 'phase', action: fail },
  flaky: { title: 'A test passes and fails by turns', blame: 'phase', action: { type: 'retry' } },
  type_error: { title: 'The types do not check', blame: 'phase', action: fail },
  lint_error: { title: 'A lint rule is broken', blame: 'phase', action: fail },
  build_error: { title: 'The build fails', blame: 'phase', action: fail },
  config_error: { title: 'The configuration is wrong', blame: 'project', action: fail },
  crash: { title: 'The program crashed', blame: 'phase', action: fail },
  patch_failed: { title: 'The patch does not apply', blame: 'phase', action: fail },
  timeout: { title: 'It did not end in time', blame: 'phase', action: fail },
  oom: { title: 'Memory ran out', blame: 'machine', action: fail },
  disk_full: { title: 'The disk is full', blame: 'machine', action: fail },
  permission_denied: { title: 'Permission denied', blame: 'machine', action: fail },
  network: { title: 'The network cannot be reached', blame: 'machine', action: { type: 'retry', after: '60s' } },
  rate_limit: { title: 'A rate limit is reached', blame: 'builder', action: { type: 'retry', after: '60s' } },
  auth: { title: 'Access was refused', blame: 'builder', action: fail },
  context_length: { title: 'The context is too long for the model', blame: 'phase', action: fail },
  unknown: { title: 'It failed, and nothing says why', blame: 'phase', action: fail },
  deliverables_validation_failed: { title: 'A deliverable is missing or wrong', blame: 'phase', action: fail },
  scope_violation: { title: 'The builder changed what it may not', blame: 'phase', action: fail },
  builder_error: { title: 'The builder failed', blame: 'builder', action: fail },
  builder_no_change: { title: 'The builder changed nothing', blame: 'phase', action: fail },
  budget_exhausted: { title: 'The budget is spent', blame: 'phase', action: fail },
  preflight_failed: { title: 'A preflight command fails', blame: 'project', action: fail },
  plugin_error: { title: 'A plugin failed', blame: 'project', action: fail },
  interrupted: { title: 'It was interrupted', blame: 'phase', action: { type: 'retry' } },
}

/** Of a class that a classifier made up: those of `unknown`. */
export function defaultsOf(failureClass: string): ClassDefaults {
  return Object.hasOwn(classDefaults, failureClass) ? classDefaults[failureClass as BuiltInClass] : { ...classDefaults.unknown, title: failureClass.replaceAll('_', ' ') }
}

/** Faults of code: whose they are depends on when they show. */
const codeClasses = new Set<string>([
  'import_crash', 'syntax_error', 'collection_error', 'missing_dependency', 'test_failed', 'type_error', 'lint_error', 'build_error', 'crash', 'unknown',
])

/** Before the builder nobody but the project can be to blame; a fault of code that the base did not have is the phase's own. */
export function blameOf(failureClass: string, stage: string, onBase = false): Blame {
  const { blame } = defaultsOf(failureClass)
  // In the worktree's stage that is a setup that fails; a conflict with the base is the run's own.
  if (stage === 'baseline' || stage === 'preflight' || (stage === 'workspace' && codeClasses.has(failureClass))) return blame === 'phase' ? 'project' : blame
  return !onBase && (stage === 'checks' || stage === 'delta') && codeClasses.has(failureClass) ? 'phase' : blame
}
