import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

export interface GitClock {
  /** How many git commands were started so far. */
  readonly commands: number
  /** Milliseconds so far in which at least one git command ran. */
  readonly busyMs: number
  stop(): void
}

/** Counts and times every git command that this process starts. Two at once count once. */
export function watchGit(): GitClock {
  let commands = 0
  let busyMs = 0
  let running = 0
  let since = 0
  const listen = (message: unknown): void => {
    const { process: child } = message as { process: ChildProcess }
    const start = performance.now()
    child.once('spawn', () => {
      if (child.spawnfile !== 'git') return
      commands++
      if (running++ === 0) since = start
      child.once('close', () => { if (--running === 0) busyMs += performance.now() - since })
    })
  }
  subscribe('child_process', listen)
  return { get commands() { return commands }, get busyMs() { return busyMs }, stop: () => void unsubscribe('child_process', listen) }
}
