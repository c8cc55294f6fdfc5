import type { Found } from './extractor.ts'

const retried = /\((?:retry|attempt|re-?run|run)\s?[#x×]?\s?\d+(?:\/\d+)?\)|\bretry\s?[#x×]?\d+\b|\bre-?run(?: #?\d+)?\b|\bon retry\b|\bpassed \d+ out of the required \d+ times\b/i
const passed = /(?:^|\s)(?:✓|✔|√|✅|ok|PASS(?:ED)?|--- PASS:?|passed)(?:\s|:|$)/
const mostPasses = 200

/**
 * A test that failed and, tried again in the same output, passed is flaky: another cause than the same test failing for good. Names have to agree where
 * the line of the second try has one.
 */
export function markFlaky<T extends { find: Found }>(finds: readonly T[], lines: readonly string[]): readonly T[] {
  const failed = finds.filter(({ find }) => find.class === 'test_failed')
  if (failed.length === 0) return finds
  const passes: { line: string; index: number }[] = []
  for (let index = 0; index < lines.length && passes.length < mostPasses; index++) {
    const line = lines[index]!
    if (line.length < 500 && retried.test(line) && passed.test(line)) passes.push({ line, index })
  }
  if (passes.length === 0) return finds
  const tests = new Set(finds.map(({ find }) => find.test))
  return finds.map((each) => {
    const { find } = each
    if (find.class !== 'test_failed') return each
    // An assertion outside of a runner has no name to compare.
    if (find.test === undefined && failed.length > 1) return each
    const name = find.test?.split(/ › | > |::|#/).at(-1)
    const nameless = (line: string) => line.replace(retried, '').replace(passed, '').replace(/[\d.]+ ?m?s\b|[()\s]/g, '') === ''
    const again = passes.find(({ line, index }) => index > find.at && (name === undefined || line.includes(name) || (nameless(line) && tests.size === 1)))
    return again ? { ...each, find: { ...find, class: 'flaky', title: `Flaky: ${find.title}`, evidence: [...(find.evidence ?? [find.at]).slice(0, 8), again.index] } } : each
  })
}
