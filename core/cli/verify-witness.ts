import type { Receipt } from '../model/receipt.ts'
import type { ReceiptWitness } from '../pipeline/receipt.ts'
import { branchOf } from '../pipeline/run-base.ts'
import type { Store } from '../store/store.ts'
import { diffHash } from '../workspace/index.ts'
import type { Repository } from '../workspace/index.ts'
import type { LoadedProject } from './project.ts'

/** Git and the store as witnesses of a receipt. */
export function createWitness(project: Pick<LoadedProject, 'config' | 'layout'>, repository: Repository, store: Store | undefined): ReceiptWitness {
  const ask = async (args: readonly string[]) => {
    const output = await repository.git({ cwd: repository.root, args, allow: [0, 1, 128, 129], reading: true })
    return output.exitCode === 0 ? output.stdout.toString('utf8').trim() : undefined
  }
  return {
    treeOf: (commit) => ask(['rev-parse', '--verify', '--quiet', `${commit}^{tree}`]),
    diffHash: (from, to) => diffHash(repository, from, to),
    commitOf: (receipt) => findCommit(ask, receipt),
    async attempt(attemptId) {
      const [found] = (await store?.attempts({ id: attemptId })) ?? []
      return found && { outcome: found.outcome, receiptHash: found.receiptHash, commit: found.commit }
    },
    async branchOf(receipt) {
      const [run] = (await store?.runs({ ids: [receipt.run] })) ?? []
      return run && branchOf(project, run)
    },
  }
}

/** The commit whose trailer names the attempt, on a branch of ours or, after landing, on any other. */
async function findCommit(ask: (args: readonly string[]) => Promise<string | undefined>, receipt: Receipt): Promise<Awaited<ReturnType<ReceiptWitness['commitOf']>>> {
  const format = '%H%x00%T%x00%P%x00%(trailers:key=Autopack-Attempt,valueonly,separator=%x2C)%x00%(trailers:key=Autopack-Receipt,valueonly,separator=%x2C)'
  // Not --all: it takes the HEADs of our worktrees too, which still stand where a branch was before somebody rewrote it.
  const refs = ['--branches', '--tags', '--remotes', '--glob=refs/autopack']
  const text = await ask(['log', ...refs, '--fixed-strings', `--grep=${receipt.attemptId}`, `--format=${format}`])
  for (const line of text?.split('\n') ?? []) {
    const [commit, tree, parents, attempt, hash] = line.split('\0')
    if (commit && tree && attempt === receipt.attemptId) return { commit, tree, parents: (parents ?? '').split(' ').filter(Boolean), receiptHash: hash || undefined }
  }
  return undefined
}
