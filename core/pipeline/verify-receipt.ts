import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { attemptPaths, phasePaths } from '../layout/run-paths.ts'
import { receiptSchema, type Receipt } from '../model/receipt.ts'
import { hashFile } from './hash-file.ts'
import { receiptHash } from './receipt.ts'

/** A commit made for an attempt: its tree, parents and the receipt hash in its trailers. */
export interface AttemptCommit { commit: string; tree: string; parents: readonly string[]; receiptHash: string | undefined }

/** One that does not name the attempt is what the branch had when the attempt's change turned out to be in the new base already. */
interface MovedCommit { commit: string; named: boolean }

/** What git and the store say about an attempt, for comparison with its receipt. */
export interface ReceiptWitness {
  /** Tree of a commit; undefined when there is no such commit. */
  treeOf(commit: string): Promise<string | undefined>
  /** sha256 of the raw difference between two trees; undefined when one is not there any more. */
  diffHash(fromTree: string, toTree: string): Promise<string | undefined>
  /** The commits that name this attempt in their trailers, the newest first: one, and after a rebase of the run also those that it replaced. */
  commitsOf(receipt: Receipt): Promise<readonly AttemptCommit[]>
  /** What the store recorded for this attempt. `movedTo`: the commit that stands for it since it was written anew on another base; `named` where that commit says so, or is gone. */
  attempt(receipt: Receipt): Promise<{ outcome: string | undefined; receiptHash: string | undefined; commit: string | undefined; movedTo: MovedCommit | undefined } | undefined>
  /** The branch on which the run's commits are. */
  branchOf(receipt: Receipt): Promise<string | undefined>
}

export interface Verification {
  ok: boolean
  receipt: Receipt | undefined
  hash: string | undefined
  /** What was compared and agrees. */
  confirmed: string[]
  /** What does not agree: one sentence each. */
  problems: string[]
  /** What could not be compared, and why. */
  unknown: string[]
}

/** Recomputes every hash of a receipt and compares it with git and the store. Never throws for what the receipt says. */
export async function verifyReceipt(receiptPath: string, witness: ReceiptWitness): Promise<Verification> {
  const result: Verification = { ok: false, receipt: undefined, hash: undefined, confirmed: [], problems: [], unknown: [] }
  const text = await readFile(receiptPath, 'utf8')
  const receipt = parse(text, result)
  if (!receipt) return result
  result.receipt = receipt
  result.hash = receiptHash(text)
  await verifyFiles(path.dirname(receiptPath), receipt, result)
  await verifyTrees(receipt, witness, result)
  await verifyRecord(receipt, result.hash, witness, result)
  await verifyAccepted(path.dirname(receiptPath), receipt, result)
  result.ok = result.problems.length === 0
  return result
}

function parse(text: string, result: Verification): Receipt | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    result.problems.push(`the receipt is not JSON: ${(error as Error).message}`)
    return undefined
  }
  const parsed = receiptSchema.safeParse(json)
  if (parsed.success) return parsed.data
  result.problems.push(...parsed.error.issues.map((issue) => `the receipt is not one of ours: ${issue.path.join('.')}: ${issue.message}`))
  return undefined
}

async function verifyFiles(dir: string, receipt: Receipt, result: Verification): Promise<void> {
  let same = 0
  let removed = 0
  const { at, files } = await collectedIn(dir)
  const collected = new Set(files)
  for (const file of receipt.files) {
    const place = path.join(dir, file.path)
    if (!(await stat(place).catch(() => undefined))?.isFile()) {
      if (collected.has(file.path)) removed++
      else result.problems.push(`${file.path} is gone`)
      continue
    }
    const now = await hashFile(place)
    if (now.sha256 === file.sha256) same++
    else result.problems.push(`${file.path} was changed: ${now.bytes} bytes with sha256 ${now.sha256}, recorded ${file.bytes} with ${file.sha256}`)
  }
  if (same > 0) result.confirmed.push(`${same} of ${receipt.files.length} files are as recorded`)
  if (removed > 0) result.unknown.push(`${removed} of ${receipt.files.length} files were removed by \`autopack gc\`${at === undefined ? '' : ` (${at})`}`)
}

/** What `gc` has noted of the files that it removed. */
async function collectedIn(dir: string): Promise<{ at?: string; files: readonly string[] }> {
  try {
    return JSON.parse(await readFile(attemptPaths(dir).collected, 'utf8')) as { at: string; files: string[] }
  } catch {
    // Nothing was removed, as a rule; a note that cannot be read excuses no missing file.
    return { files: [] }
  }
}

async function verifyTrees(receipt: Receipt, witness: ReceiptWitness, result: Verification): Promise<void> {
  const { base, candidate } = receipt
  if (!base) return
  const tree = await witness.treeOf(base.commit)
  if (tree === undefined) result.unknown.push(`the base commit ${base.commit} is not in this repository any more`)
  else if (tree !== base.tree) result.problems.push(`the base commit ${base.commit} has tree ${tree}, recorded ${base.tree}`)
  else result.confirmed.push(`the base commit has the recorded tree ${base.tree.slice(0, 12)}`)
  if (!candidate) return
  const diff = await witness.diffHash(base.tree, candidate.tree)
  if (diff === undefined) result.unknown.push(`the candidate tree ${candidate.tree} is not in this repository any more`)
  else if (diff !== candidate.diffSha256) result.problems.push(`the diff from base to candidate has sha256 ${diff}, recorded ${candidate.diffSha256}`)
  else result.confirmed.push(`the diff from base to candidate has the recorded hash ${diff.slice(0, 12)}`)
}

async function verifyRecord(receipt: Receipt, hash: string, witness: ReceiptWitness, result: Verification): Promise<void> {
  const recorded = await witness.attempt(receipt)
  if (!recorded) result.unknown.push('the store knows no such attempt')
  else if (recorded.receiptHash !== hash) result.problems.push(`the store recorded the receipt hash ${recorded.receiptHash ?? '(none)'}, this one has ${hash}`)
  else result.confirmed.push('the store recorded the same receipt hash')
  if (receipt.outcome !== 'complete' && receipt.outcome !== 'review') return
  const commits = await witness.commitsOf(receipt)
  if (recorded?.movedTo !== undefined) return await verifyMoved(receipt, hash, { commit: recorded.commit, movedTo: recorded.movedTo }, commits, witness, result)
  // Somebody may have picked it onto another branch, or rebased by hand: the one that was judged is the proof, as long as it is there.
  const judged = commits.find((one) => one.receiptHash === hash && one.tree === receipt.candidate?.tree && (!receipt.base || one.parents.includes(receipt.base.commit)))
  const commit = judged ?? commits[0]
  if (commit) verifyCommit(receipt, hash, commit, result)
  if (judged) for (const other of commits) if (other !== judged) result.unknown.push(`commit ${other.commit.slice(0, 12)} names this attempt too, ${other.tree === judged.tree ? 'with the same tree, on another base' : 'with another tree, which was not judged'}`)
  if (!commit) result.problems.push(await lost(receipt, recorded?.commit, witness))
}

function verifyCommit(receipt: Receipt, hash: string, commit: AttemptCommit, result: Verification): void {
  if (commit.receiptHash !== hash) result.problems.push(namesOther(commit, hash))
  else if (commit.tree !== receipt.candidate?.tree) result.problems.push(`commit ${commit.commit} has tree ${commit.tree}, judged was ${receipt.candidate?.tree ?? '(none)'}`)
  else if (receipt.base && !commit.parents.includes(receipt.base.commit)) result.problems.push(`commit ${commit.commit} does not follow the recorded base ${receipt.base.commit}`)
  else result.confirmed.push(`commit ${commit.commit.slice(0, 12)} has exactly the tree that was judged`)
}

/** Since a rebase another commit stands on the branch, with another tree on another base: it must be the one that the store knows. What was judged is the commit before it. */
async function verifyMoved(
  receipt: Receipt, hash: string, known: { commit: string | undefined; movedTo: MovedCommit }, commits: readonly AttemptCommit[], witness: ReceiptWitness, result: Verification,
): Promise<void> {
  const now = commits.find(({ commit }) => commit === known.movedTo.commit)
  const judged = commits.find(({ commit }) => commit === known.commit)
  if (now && now.receiptHash !== hash) return void result.problems.push(namesOther(now, hash))
  if (!now && (known.movedTo.named || commits.some((commit) => commit !== judged))) return void result.problems.push(await lost(receipt, known.movedTo.commit, witness))
  if (judged) verifyCommit(receipt, hash, judged, result)
  else result.unknown.push(`commit ${known.commit} as it was judged is not in this repository any more`)
  result.confirmed.push(now ? `it was written anew on another base since: commit ${now.commit.slice(0, 12)} stands for it on the branch` : 'the run was rebased since, on a base that has this change already')
}

/** What was overruled must be what that attempt's receipt says; its patch is among the files. */
async function verifyAccepted(dir: string, { accepted }: Receipt, result: Verification): Promise<void> {
  if (!accepted) return
  const text = await readFile(phasePaths(path.dirname(dir)).attempt(accepted.attempt).receipt, 'utf8').catch(() => undefined)
  const of = `the receipt of attempt ${accepted.attempt}, whose verdict was overruled,`
  if (text === undefined || accepted.receiptSha256 === undefined) result.unknown.push(`${of} is not there`)
  else if (receiptHash(text) !== accepted.receiptSha256) result.problems.push(`${of} has the hash ${receiptHash(text)}, recorded ${accepted.receiptSha256}`)
  else result.confirmed.push(`${of} is as it was then`)
  result.confirmed.push(`accepted by ${accepted.by} against ${accepted.class}: ${accepted.reason}`)
}

const namesOther = (commit: AttemptCommit, hash: string): string => `commit ${commit.commit} names the receipt hash ${commit.receiptHash ?? '(none)'}, this one has ${hash}`

async function lost(receipt: Receipt, recorded: string | undefined, witness: ReceiptWitness): Promise<string> {
  const branch = await witness.branchOf(receipt)
  const where = branch === undefined ? '' : `: the branch ${branch} was rewritten or deleted`
  return `no commit carries this attempt in its trailers${where}${recorded === undefined ? '' : `; the store recorded commit ${recorded}`}`
}
