import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findingsMatcher, parseFindings } from '../../../plugins/research-review/findings-file.ts'

const test = suite('the findings file')

const messages = (text: string): string[] => {
  const parsed = parseFindings('docs/findings.json', text)
  return parsed.type === 'problems' ? parsed.problems.map((problem) => problem.message) : []
}

test('findings and recommendations are texts or objects; the schema may be named', () => {
  const parsed = parseFindings('findings.json', '\uFEFF{ "$schema": "x", "confidence": 0.5, "findings": ["a", { "title": "b", "sources": ["c"] }], "recommendations": [] }')
  assert.equal(parsed, { type: 'research', research: { confidence: 0.5, findings: ['a', { title: 'b', sources: ['c'] }], recommendations: [] } })
})

test('what is wrong is said where it is', () => {
  assert.equal(messages('{\n  "confidence": 1.4,\n  "findings": [],\n  "recommendations": ["a"]\n}\n'), ['docs/findings.json:2:17: confidence: expected a number from 0 to 1'])
  assert.equal(messages('{\n  "confidence": 0.5,\n  "finding": [],\n  "findings": [\n    { "titel": "a" }, 3,\n    ""\n  ]\n}'), [
    'docs/findings.json:5:5: findings.0.title: expected the finding in a sentence',
    'docs/findings.json:5:7: findings.0: there is no "titel" here',
    'docs/findings.json:5:23: findings.1: expected a finding',
    'docs/findings.json:6:5: findings.2: expected a finding, not an empty text',
    'docs/findings.json:1:1: recommendations: expected a list of recommendations',
    'docs/findings.json:3:3: there is no "finding" here',
  ])
  assert.match(messages('{\n "confidence": 0.5,\n "confidence": 1, "findings": [], "recommendations": [] }')[0]!, /^docs\/findings\.json:3:2: the findings file cannot be read: .*unique/)
  assert.match(messages('['.repeat(10_000))[0]!, /cannot be read/)
  assert.equal(messages(`"${'x'.repeat(1_000_000)}"`), ['docs/findings.json has 1000002 characters, and a findings file has 1000000 at most'])
  assert.match(messages('[]')[0]!, /^docs\/findings\.json:1:1: /)
  assert.is(messages(`{ "confidence": 0.5, "findings": [${'3,'.repeat(30)}3], "recommendations": [] }`).at(-1), 'docs/findings.json: and 21 more')
})

test('which deliverable it is: a name, with something in front or not, or a pattern', () => {
  const named = findingsMatcher('findings.json')
  assert.equal(['findings.json', 'docs/findings.json', 'docs/carriers.findings.json', 'carriers-findings.json', 'docs/otherfindings.json', 'findings.json/a', 'docs/findings.md'].map(named), [true, true, true, true, false, false, false])
  const pattern = findingsMatcher('research/**/*.json')
  assert.equal(['research/a/b.json', 'research/a.json', 'docs/a.json'].map(pattern), [true, true, false])
})

test.run()
