import type { Receipt } from '../model/receipt.ts'
import type { AttemptCommit, ReceiptWitness } from '../pipeline/verify-receipt.ts'
import { branchOf } from '../pipeline/run-base.ts'
import type { AttemptRecord, Store } from '../store/store.ts'
import { diffHash, notThere } from '../workspace/index.ts'
import type { Repository } from '../workspace/index.ts'
import type { LoadedProject } from './project.ts'

/** Git and the store as witnesses of a receipt. */
export function createWitness(project: Pick<LoadedProject, 'config' | 'layout'>, repository: Repository, store: Store | undefined): ReceiptWitness {
  const ask = async (args: readonly string[]) => {
    const output = await repository.git({ cwd: repository.root, args, allow: [0, 1, 128, 129], saying: notThere, reading: true })
    return output.exitCode === 0 ? output.stdout.toString('utf8').trim() : undefined
  }
  return {
    treeOf: (commit) => ask(['rev-parse', '--verify', '--quiet', `${commit}^{tree}`]),
    diffHash: (from, to) => diffHash(repository, from, to),
    commitsOf: (receipt) => findCommits(ask, receipt),
    async attempt({ run, attemptId }) {
      const [found] = (await store?.attempts({ run, id: attemptId })) ?? []
      return found && { outcome: found.outcome, receiptHash: found.receiptHash, commit: found.commit, movedTo: store && (await movedTo(ask, store, found)) }
    },
    async branchOf(receipt) {
      const [run] = (await store?.runs({ ids: [receipt.run] })) ?? []
      return run && branchOf(project, run)
    },
  }
}

type Ask = (args: readonly string[]) => Promise<string | undefined>

/** The commit that stands for an attempt's own since a rebase of its run; undefined where that is its own still. */
async function movedTo(ask: Ask, store: Store, { id, run, phase, commit }: AttemptRecord): Promise<{ commit: string; named: boolean } | undefined> {
  if (commit === undefined) return undefined
  const made = (await store.attempts({ run, phase })).filter((attempt) => attempt.commit !== undefined).sort((left, right) => left.number - right.number)
  if (made.at(-1)?.id !== id) return undefined
  const now = (await store.phase(run, phase))?.commit
  if (now === undefined || now === commit) return undefined
  const attempt = await ask(['log', '-1', '--no-walk', '--format=%(trailers:key=Autopack-Attempt,valueonly,separator=%x2C)', now])
  return { commit: now, named: attempt === undefined || attempt === id }
}

/** The commits whose trailer names the attempt, on a branch of ours, kept from before a rebase or, after landing, on any other. */
async function findCommits(ask: Ask, receipt: Receipt): Promise<AttemptCommit[]> {
  const format = '%H%x00%T%x00%P%x00%(trailers:key=Autopack-Attempt,valueonly,separator=%x2C)%x00%(trailers:key=Autopack-Receipt,valueonly,separator=%x2C)'
  // Not --all: it takes the HEADs of our worktrees too, which still stand where a branch was before somebody rewrote it.
  const refs = ['--branches', '--tags', '--remotes', '--glob=refs/autopack']
  const text = await ask(['log', ...refs, '--fixed-strings', `--grep=${receipt.attemptId}`, `--format=${format}`])
  return (text?.split('\n') ?? []).flatMap((line) => {
    const [commit, tree, parents, attempt, hash] = line.split('\0')
    return commit && tree && attempt === receipt.attemptId ? [{ commit, tree, parents: (parents ?? '').split(' ').filter(Boolean), receiptHash: hash || undefined }] : []
  })
}
