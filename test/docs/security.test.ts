import { existsSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('docs/security.md')

test('every test that holds what it says is there', () => {
  const named = [...readFileSync('docs/security.md', 'utf8').matchAll(/`((?:test|core)\/[^`\s]+\.ts)`/g)].map(([, file]) => file!)
  assert.ok(named.length > 10)
  assert.equal(named.filter((file) => !existsSync(file)), [])
})

test.run()
