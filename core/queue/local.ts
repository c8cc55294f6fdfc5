import pLimit from 'p-limit'
import type { PhaseResult } from '../model/phase-result.ts'

/** Where claimed phases execute: in this process, at most `parallel` at once. */
export interface Queue<Request> {
  execute(request: Request): Promise<PhaseResult>
  /** How many are at work. */
  readonly active: number
}

export function createLocalQueue<Request>(parallel: number, execute: (request: Request) => Promise<PhaseResult>): Queue<Request> {
  const limit = pLimit({ concurrency: parallel })
  return {
    execute: (request) => limit(() => execute(request)),
    get active() { return limit.activeCount },
  }
}
