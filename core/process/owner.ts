import type { Owner } from '../model/owner.ts'
import type { Runtime } from '../model/runtime.ts'
import { processTable } from './table.ts'

/** This process as an owner of leases. */
export function currentOwner(runtime: Runtime): Owner {
  return { host: runtime.host, pid: runtime.pid, startTime: processTable(runtime.platform).startTime(runtime.pid) }
}

/**
 * False only where it is certain that the owner is gone: its host is this one, and its process does not run or its number belongs to a later one.
 * For another host, or another container on this one, nobody can tell from here: true, and the lease's expiry decides.
 */
export function isAlive(runtime: Runtime, owner: Owner): boolean {
  if (owner.host !== runtime.host) return true
  if (owner.pid === runtime.pid && owner.startTime === '') return true
  const table = processTable(runtime.platform)
  if (otherNamespace(owner.startTime, table.startTime(runtime.pid))) return true
  const running = table.entry(owner.pid)
  if (running === undefined) return false
  // Without a recorded start time the number is all there is to go by.
  return owner.startTime === '' || running.startTime === owner.startTime
}

/** Whether the owner's machine has the clock of this one: by its name, or, for another container on it, by the boot that its start time names. */
export function hasOurClock(runtime: Runtime, owner: Owner): boolean {
  if (owner.host === runtime.host) return true
  const [boot, namespace] = owner.startTime.split('/')
  return namespace !== undefined && boot === processTable(runtime.platform).startTime(runtime.pid).split('/')[0]
}

/** Linux start times are `boot/namespace/ticks`: within one boot, a number of another namespace says nothing here. */
function otherNamespace(left: string, right: string): boolean {
  const [leftBoot, leftNamespace, leftTicks] = left.split('/')
  const [rightBoot, rightNamespace] = right.split('/')
  return leftTicks !== undefined && leftBoot === rightBoot && leftNamespace !== rightNamespace
}
