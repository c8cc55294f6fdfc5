import type { Yield } from '../model/telemetry.ts'
import type { Usage } from '../model/usage.ts'
import type { Claim } from '../store/store.ts'
import { commitOfAttempt } from '../workspace/index.ts'
import { acceptSession } from './accept-session.ts'
import type { Engine } from './engine.ts'
import { reviewRef } from './review-ref.ts'
import { branchOf } from './run-base.ts'

/** The commit of an attempt that got as far as moving its ref. */
export interface MadeCommit { commit: string; state: 'COMPLETE' | 'REVIEW'; receiptHash: string | undefined }

/** Looks for the attempt in the trailers of the commits of its run's branch since its base, of the tip alone where that is not known, and of its review's ref. */
export async function findMadeCommit(engine: Pick<Engine, 'config' | 'layout' | 'repository'>, claim: Claim, base: string | undefined): Promise<MadeCommit | undefined> {
  for (const [ref, state] of [[branchOf(engine, claim.run), 'COMPLETE'], [reviewRef(engine, claim), 'REVIEW']] as const) {
    const found = await commitOfAttempt(engine.repository, ref, claim.attemptId, state === 'COMPLETE' ? base : undefined)
    if (found) return { commit: found.commit, state, receiptHash: found.trailers['Autopack-Receipt'] }
  }
  return undefined
}

/** Puts an attempt on record whose ref was moved before anything went wrong: its work is there, whatever came after. */
export async function recordMadeCommit(engine: Pick<Engine, 'store'>, claim: Claim, made: MadeCommit, known: { usage: Usage; builderReached: boolean; yield?: Yield }): Promise<void> {
  const { commit, state, receiptHash } = made
  await engine.store.finish(claim, {
    outcome: state === 'COMPLETE' ? 'complete' : 'review', state, charged: claim.session !== acceptSession, keepsVerdict: claim.session === acceptSession, stage: 'commit', usage: known.usage, builderReached: known.builderReached, commit,
    ...(receiptHash !== undefined && { receiptHash }), ...(known.yield && { yield: known.yield }),
  })
}
