import { pausedText } from '../model/circuit.ts'
import type { PausedBuilder } from '../model/paused-builder.ts'

/** What the drain waits for: a phase that was put off, or a builder. `probed`: another drain finds out whether its limit is over. */
export interface Pause { until: number; builder: (PausedBuilder & { probed: boolean }) | undefined }

const time = (until: number): string => new Date(until).toISOString()

export function waitingText({ until, builder }: Pause): string {
  if (builder?.probed) return `waiting for another drain, which finds out whether the usage limit of builder ${builder.builder} is over`
  return `waiting until ${time(until)} for ${builder ? `builder ${builder.builder}` : 'the next deferred phase'}`
}

/** Why a pause ends the drain. `goOn`: the command for afterwards. */
export function tooLongText({ until, builder }: Pause, maxPauseMinutes: number, goOn: string): string {
  const what = builder ? pausedText(builder) : `the next phase may start at ${time(until)}`
  return `${what}; that is more than is left of maxPauseMinutes ${maxPauseMinutes}; go on then with ${goOn}`
}
