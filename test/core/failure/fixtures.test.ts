import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf, fingerprintOf } from '../../../core/failure/index.ts'
import { failureFixtures } from '../../support/failures.ts'

const test = suite('failure fixtures')
const fixtures = failureFixtures().map((each) => ({ ...each, causes: causesOf(each.text, each.context) }))

test('there are fixtures, and each says how it was made', () => {
  assert.ok(fixtures.length > 0)
  for (const { id, command } of fixtures) assert.ok(command.length > 0, `${id}: the command is missing in expected.json`)
})

test('class and title are right', () => {
  for (const { id, causes, expected } of fixtures) {
    const [root] = causes
    assert.is(root?.class ?? 'unknown', expected.class, `${id}: ${root?.title}`)
    if (expected.title !== undefined) assert.is(root?.title, expected.title, id)
    if (expected.confidence !== undefined) assert.is(root?.confidence, expected.confidence, id)
    for (const other of expected.others ?? []) assert.ok(causes.slice(1).some(({ title }) => title === other), `${id}: ${other} is not among ${causes.map(({ title }) => title).join(' / ')}`)
  }
})

test('the same cause has one fingerprint, two causes have two', () => {
  const groups = new Map<string, { id: string; cause: string }>()
  const prints = new Map<string, { id: string; print: string }>()
  for (const { id, tool, cause, causes, expected } of fixtures) {
    if (!causes[0] || causes[0].confidence === 'low') continue
    const print = fingerprintOf(causes[0])
    const group = expected.group ?? `${tool}/${cause}`
    const [byPrint, byGroup] = [groups.get(print), prints.get(group)]
    if (byPrint) assert.is(byPrint.cause, group, `${id} and ${byPrint.id} have one fingerprint: ${causes[0].template}`)
    if (byGroup) assert.is(byGroup.print, print, `${id} and ${byGroup.id} have two fingerprints: ${causes[0].template}`)
    groups.set(print, { id, cause: group })
    prints.set(group, { id, print })
  }
})

test.run()
