/** What changes in the main checkout while phases run elsewhere: a builder that may run any command can write there, and no worktree shows it. */
import { lstatSync } from 'node:fs'
import path from 'node:path'
import { splitZero } from './git.ts'
import type { Repository } from './workspace.ts'

/** By path, relative to the repository, of what is not as HEAD has it: what `stat` says. A new folder is one entry, which ends in `/`. */
export type CheckoutState = ReadonlyMap<string, string>

/** Ignored files are not looked at, but for those of `also`, which are looked at in any case. Both relative to the repository. */
export async function readCheckout(repository: Repository, also: readonly string[] = []): Promise<CheckoutState> {
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=normal', '--no-renames', '--ignore-submodules=dirty']
  const output = await repository.git({ cwd: repository.root, args, reading: true })
  const changed = splitZero(output.stdout).map((entry) => entry.toString('utf8').slice(3))
  return new Map([...also, ...changed].map((file) => [file, fileState(path.join(repository.root, file))]))
}

function fileState(file: string): string {
  const found = lstatSync(file, { bigint: true, throwIfNoEntry: false })
  return found ? `${found.ino} ${found.size} ${found.mtimeNs} ${found.mode}` : 'none'
}

/** What differs from HEAD now and did not before, or differs otherwise; sorted. What became clean is none: a person's commit does that. */
export function checkoutChanges(before: CheckoutState, after: CheckoutState): string[] {
  return [...after].filter(([file, state]) => before.get(file) !== state).map(([file]) => file).sort()
}
