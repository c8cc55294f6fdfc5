import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf, fingerprintOf } from '../../../core/failure/index.ts'
import { failureFixtures } from '../../support/failures.ts'

/**
 * Pins what every fixture yields today, so that each change of behaviour shows in review, wanted or not. `UPDATE_GOLDEN=1` writes the file anew.
 * A changed fingerprint of a shipped version is a new `fingerprintVersion`, with a mapping of the old one.
 */
const test = suite('failure golden file')
const file = new URL('../../fixtures/failures/golden.json', import.meta.url)

/** Known to be wrong, with the reason; they are pinned all the same, and may be mended. */
const knownWrong: Readonly<Record<string, string>> = {
  'pytest/label-cut-1.txt': 'the summary cuts the message to the width of a terminal, and nothing else names it',
  'python/chained-handled-1.txt': 'the exception that was handled is taken as the root, where the handler itself is wrong',
  'python/chained-handled-2.txt': 'the exception that was handled is taken as the root, where the handler itself is wrong',
}

interface Pinned { class: string; fingerprint: string; title: string; confidence: string; causes: number; wrong?: string }

const today = Object.fromEntries(failureFixtures().map(({ id, text, context }) => {
  const causes = causesOf(text, context)
  const root = causes[0]
  const wrong = knownWrong[id]
  const pinned: Pinned = {
    class: root?.class ?? 'unknown', fingerprint: root ? fingerprintOf(root) : '', title: root?.title ?? '', confidence: root?.confidence ?? 'low', causes: causes.length, ...(wrong !== undefined && { wrong }),
  }
  return [id, pinned]
}))

test('every fixture yields what it yielded', () => {
  if (process.env['UPDATE_GOLDEN'] || !existsSync(file)) {
    writeFileSync(file, `{\n${Object.entries(today).map(([id, pinned]) => `  ${JSON.stringify(id)}: ${JSON.stringify(pinned)}`).join(',\n')}\n}\n`)
    return
  }
  const pinned = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Pinned>
  const changed = [...new Set([...Object.keys(pinned), ...Object.keys(today)])].flatMap((id) => {
    const [was, is] = [pinned[id], today[id]]
    if (!was) return [`${id} is new: UPDATE_GOLDEN=1 pins it`]
    if (!is) return [`${id} is gone`]
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [`${id}\n  was ${JSON.stringify(was)}\n  is  ${JSON.stringify(is)}`]
  })
  assert.is(changed.join('\n'), '')
})

test('what is known to be wrong is among the fixtures', () => {
  assert.equal(Object.keys(knownWrong).filter((id) => !(id in today)), [])
})

test.run()
