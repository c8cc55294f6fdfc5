import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { allowedVariables, childEnvironment } from '../../../core/process/environment.ts'

const test = suite('environment of children')

test('passes the allow-list, what globs name and what is set; the rest is withheld by name', () => {
  const { env, withheld } = childEnvironment({
    env: { PATH: '/bin', LC_TIME: 'C', DATABASE_URL: 'x', DATABASE_POOL: '2', ANTHROPIC_API_KEY: 'k', AWS_SECRET: 's', ROOT: 'old', GONE: undefined, AUTOPACK_ATTEMPT_ID: 'outer' },
    pass: ['DATABASE_*'],
    builderPass: ['ANTHROPIC_API_KEY'],
    set: { ROOT: '/here', PATH: '/usr/bin' },
  })
  assert.equal(env, { PATH: '/usr/bin', LC_TIME: 'C', DATABASE_URL: 'x', DATABASE_POOL: '2', ANTHROPIC_API_KEY: 'k', ROOT: '/here' })
  assert.equal(withheld, ['AUTOPACK_ATTEMPT_ID', 'AWS_SECRET'])
})

test('names are compared with regard to case, and globs match whole names', () => {
  const { env } = childEnvironment({ env: { path: '1', MY_DATABASE_URL: '2', NODE_ENV: '3', NODE: '4', GO1: '5' }, pass: ['DATABASE_*', 'NODE_*', 'GO?'] })
  assert.equal(env, { NODE_ENV: '3', GO1: '5' })
})

test('law: every variable is either passed unchanged, set, or withheld by name; and no value is among the names', () => {
  for (let seed = 1; seed <= 200; seed++) {
    let state = seed
    const random = (below: number) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below)
    const words = ['PATH', 'HOME', 'LC_ALL', 'TOKEN', 'AWS_KEY', 'NODE_ENV', 'X', 'DATABASE_URL', 'A.B', 'npm_config_x', '*', 'PATHS', 'APATH']
    const pick = () => words[random(words.length)]!
    const env = Object.fromEntries(Array.from({ length: random(12) }, (_, index) => [pick(), `value-${index}`]))
    const set = Object.fromEntries(Array.from({ length: random(3) }, () => [pick(), 'set']))
    const exact = new Set(Array.from({ length: random(4) }, pick).filter((name) => name !== '*'))
    const result = childEnvironment({ env, set, pass: [...exact] })
    const allowed = (name: string) => exact.has(name) || allowedVariables.includes(name) || name.startsWith('LC_')
    const names = new Set([...Object.keys(env), ...Object.keys(set)])
    for (const name of names) {
      const expected = name in set ? 'set' : allowed(name) ? env[name] : undefined
      assert.is(result.env[name], expected, `seed ${seed}: ${name}`)
      assert.is(result.withheld.includes(name), expected === undefined, `seed ${seed}: ${name} withheld`)
    }
    assert.is(Object.keys(result.env).length + result.withheld.length, names.size, `seed ${seed}`)
    assert.not.ok(result.withheld.some((name) => name.startsWith('value-')), `seed ${seed}`)
  }
})

test.run()
