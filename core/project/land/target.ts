import { landCheckedOutError, landCheckoutBusyError, landCheckoutDirtyError, landCheckoutsError, landTargetOwnError, landTargetUnclearError, landTargetUnknownError } from '../../errors.ts'
import { nearest } from '../../nearest.ts'
import type { Engine } from '../../pipeline/engine.ts'
import type { RunRecord } from '../../store/store.ts'
import { branchTip, checkoutsOf, headBranch, uncommittedIn, type Repository } from '../../workspace/index.ts'

/** The branch that a run goes into: the one that is named, else the one that the run's base names, else that of the main checkout. Throws UserError. */
export async function chooseTarget({ repository }: Pick<Engine, 'repository'>, run: RunRecord, into: string | undefined): Promise<string> {
  const named = into?.replace(/^refs\/heads\//, '')
  const base = run.baseRef.replace(/^refs\/heads\//, '')
  const branch = named ?? ((await isBranch(repository, base)) ? base : await headBranch(repository))
  if (branch === undefined) throw landTargetUnclearError(run.id, run.baseRef)
  if (branch.startsWith('autopack/')) throw landTargetOwnError(branch)
  if (await isBranch(repository, branch)) return branch
  const known = await refNames(repository)
  throw landTargetUnknownError(branch, nearest(branch, known.filter((name) => !name.startsWith('autopack/'))), known.find((name) => name.endsWith(`/${branch}`) && !name.startsWith('autopack/')))
}

async function isBranch(repository: Repository, name: string): Promise<boolean> {
  return name !== '' && !name.startsWith('-') && (await branchTip(repository, name)) !== undefined
}

async function refNames({ git, root }: Repository): Promise<string[]> {
  const { stdout } = await git({ cwd: root, args: ['for-each-ref', '--format=%(refname:short)', 'refs/heads', 'refs/remotes'], reading: true })
  return stdout.toString('utf8').split('\n').filter((name) => name !== '')
}

/** The one checkout that is on the target, if any. Throws UserError where one cannot be brought up to date. */
export async function findCheckout({ repository }: Pick<Engine, 'repository'>, branch: string): Promise<string | undefined> {
  const checkouts = await checkoutsOf(repository, branch)
  const busy = checkouts.find((one) => one.underWay !== undefined)
  if (busy) throw landCheckoutBusyError(branch, busy.folder, busy.underWay!)
  if (checkouts.length > 1) throw landCheckoutsError(branch, checkouts.map((one) => one.folder))
  return checkouts[0]?.folder
}

/** Nobody's files change unless they said so, and none that they have changed. Throws UserError. */
export async function agreeOnCheckout({ repository }: Pick<Engine, 'repository'>, run: RunRecord, branch: string, folder: string, agree: () => Promise<boolean>): Promise<void> {
  const changed = await uncommittedIn(repository, folder)
  if (changed.length > 0) throw landCheckoutDirtyError(branch, folder, changed)
  if (!(await agree())) throw landCheckedOutError(run.id, branch, folder)
}
