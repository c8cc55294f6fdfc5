import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf, fingerprintOf } from '../../../core/failure/index.ts'
import { failureFixtures } from '../../support/failures.ts'

const test = suite('failure fixtures')
// FIXTURES=gcc,go reads those folders only.
const only = process.env['FIXTURES']?.split(',')
const fixtures = failureFixtures(only).map((each) => ({ ...each, causes: causesOf(each.text, each.context) }))

test('there are fixtures, and each says how it was made', () => {
  assert.ok(fixtures.length > 0)
  assert.equal(fixtures.filter(({ command }) => !command || command === 'FIXME').map(({ id }) => id), [])
})

test('class and title are right', () => {
  const wrong: string[] = []
  for (const { id, causes, expected } of fixtures) {
    const [root] = causes
    const differs = (what: string, is: unknown, should: unknown) => should !== undefined && is !== should && wrong.push(`${id}: ${what} is ${String(is)}, should be ${String(should)} (${root?.tool}: ${root?.title})`)
    differs('class', root?.class ?? 'unknown', expected.class)
    differs('title', root?.title, expected.title)
    differs('confidence', root?.confidence ?? 'low', expected.confidence)
    for (const other of expected.others ?? []) if (!causes.slice(1).some(({ title }) => title === other)) wrong.push(`${id}: ${other} is not among ${causes.map(({ title }) => title).join(' / ')}`)
  }
  assert.is(wrong.join('\n'), '')
})

test('the same cause has one fingerprint, two causes have two', () => {
  const groups = new Map<string, { id: string; cause: string }>()
  const prints = new Map<string, { id: string; print: string; template: string }>()
  const wrong: string[] = []
  for (const { id, tool, cause, causes, expected } of fixtures) {
    if (!causes[0] || causes[0].confidence === 'low') continue
    const print = fingerprintOf(causes[0])
    const { template } = causes[0]
    const group = expected.group ?? `${tool}/${cause}`
    const [byPrint, byGroup] = [groups.get(print), prints.get(group)]
    if (byPrint && byPrint.cause !== group) wrong.push(`${id} and ${byPrint.id} have one fingerprint: ${template}`)
    if (byGroup && byGroup.print !== print) wrong.push(`${id} and ${byGroup.id} have two fingerprints: ${template} / ${byGroup.template}`)
    if (!byPrint) groups.set(print, { id, cause: group })
    if (!byGroup) prints.set(group, { id, print, template })
  }
  assert.is(wrong.join('\n'), '')
})

test.run()
