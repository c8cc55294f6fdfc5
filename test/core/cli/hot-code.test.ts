import { runInThisContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hotCodeWatcher } from '../../../core/cli/hot-code.ts'

const test = suite('code that is worth being made quicker')

/** After which of the phases it began, by what each took and how much of that was computed here, in milliseconds. */
function beganAfter(phases: readonly (readonly [took: number, computed: number])[]): number[] {
  let [at, used, ended] = [0, 0, 0]
  const began: number[] = []
  const look = hotCodeWatcher(() => began.push(ended), { monotonic: () => at, computed: () => used })
  for (const [took, computed] of phases) {
    at += took
    used += computed
    ended++
    look()
  }
  return began
}

test('begins once, with the first phase in which this program computes for long', () => {
  assert.equal(beganAfter([[900, 30], [900, 30], [4_000, 600], [4_000, 600]]), [3])
})

test('not for what the first phase loads', () => {
  assert.equal(beganAfter([[2_000, 900], [900, 30]]), [])
})

test('not for an hour in which little of the time is computing', () => {
  assert.equal(beganAfter([[900, 30], [3_600_000, 3_000], [3_600_000, 3_000]]), [])
})

test('not for quick phases, however much of them is computing', () => {
  assert.equal(beganAfter([[90, 60], [90, 60], [90, 60]]), [])
})

test('switches the compilers on in this process', async () => {
  const v8 = process.getBuiltinModule('node:v8')
  for (const flag of ['--no-opt', '--no-maglev', '--allow-natives-syntax']) v8.setFlagsFromString(flag)
  let at = 0
  const look = hotCodeWatcher(undefined, { monotonic: () => at, computed: () => at })
  look()
  at = 1_000
  look()
  const sum = (most: number): number => {
    let total = 0
    for (let index = 0; index < most; index++) total += index
    return total
  }
  const status = runInThisContext('(one) => %GetOptimizationStatus(one)') as (one: unknown) => number
  // What V8 calls kOptimized.
  const isOptimized = (): boolean => (status(sum) & (1 << 4)) !== 0
  for (let round = 0; round < 20_000 && !isOptimized(); round++) sum(1_000)
  assert.ok(isOptimized())
})

test.run()
