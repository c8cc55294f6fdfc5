import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../../core/errors.ts'
import { createGit, gitEnvironment, GitError, joinZero, splitZero } from '../../../core/workspace/index.ts'
import { readIndex } from '../../../core/workspace/index-file.ts'
import { makeSandbox, withSandbox } from './support.ts'

const test = suite('git')

async function thrown(action: () => Promise<unknown>): Promise<Error> {
  try {
    await action()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

test('the environment is the caller\'s without its repository, language and tracing', () => {
  const env = gitEnvironment({
    PATH: '/bin', HOME: '/home/x', LANG: 'de_DE', LANGUAGE: 'de', LC_ALL: 'de_DE', GIT_DIR: '/x', GIT_WORK_TREE: '/x', GIT_INDEX_FILE: '/x', GIT_TRACE: '1', GIT_EXTERNAL_DIFF: 'evil',
    GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_DATE: 'yesterday', GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*', GONE: undefined,
  })
  assert.equal(env, {
    PATH: '/bin', HOME: '/home/x', LANG: 'de_DE', LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'A', GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*',
  })
})

test('names survive joining and splitting', () => {
  const names = ['a', 'with\nnewline', 'ü', ' ']
  assert.equal(splitZero(joinZero(names)).map(String), names)
  assert.equal(splitZero(Buffer.alloc(0)), [])
  assert.equal(splitZero(Buffer.from('a\0b')).map(String), ['a', 'b'])
})

test('a failure says which command and why; a missing git is told to the user', withSandbox(undefined, async ({ root, env }) => {
  const error = await thrown(() => createGit(env)({ cwd: root, args: ['rev-parse', '--verify', 'nothing'] }))
  assert.instance(error, GitError)
  assert.is(error.message, 'git rev-parse failed with exit code 128: fatal: Needed a single revision')
  const missing = await thrown(() => createGit({ PATH: '/nowhere' })({ cwd: root, args: ['status'] }))
  assert.instance(missing, UserError)
  assert.is((missing as UserError).code, 'git-missing')
}))

test('output is bounded', withSandbox({ big: 'x'.repeat(100_000) }, async ({ root, env }) => {
  const error = await thrown(() => createGit(env)({ cwd: root, args: ['cat-file', 'blob', 'HEAD:big'], maxBytes: 1_000 }))
  assert.match(error.message, /more than 1000 bytes of output/)
}))

test('law: our reading of the index is what git lists', async () => {
  const names = Array.from({ length: 60 }, (_, number) => `${'d'.repeat(number % 9)}x/${number % 7 === 0 ? 'n'.repeat(180) : ''}${String.fromCodePoint(0x61 + number)}${'y'.repeat(number % 8)}`)
  const sandbox = makeSandbox(Object.fromEntries([...names, 'odd\nname'].map((name) => [name, name])))
  try {
    const listed = sandbox.git(['ls-files', '-s', '-z']).split('\0').filter((line) => line !== '').map((line) => `${line.slice(0, 6)} ${line.slice(line.indexOf('\t') + 1)}`)
    for (const version of ['2', '3']) {
      if (version === '3') sandbox.git(['update-index', '--skip-worktree', 'odd\nname'])
      const read = await readIndex(`${sandbox.root}/.git/index`, 40)
      assert.equal(read!.map(({ name, mode }) => `${mode.toString(8)} ${name.toString()}`), listed, `version ${version}`)
    }
  } finally {
    sandbox.clean()
  }
})

test.run()
