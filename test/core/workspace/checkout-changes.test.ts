import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkoutChanges, readCheckout } from '../../../core/workspace/checkout-changes.ts'
import { withSandbox } from './support.ts'

const test = suite('changes in the main checkout')

test('are what was written meanwhile, and not what was changed before or committed since', withSandbox({ 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n', 'd.txt': 'd\n', 'gone.txt': 'g\n', '.gitignore': 'config.js\n*.log\n' }, async (sandbox) => {
  const repository = await sandbox.open()
  sandbox.write('a.txt', 'mine\n')
  sandbox.write('b.txt', 'mine\n')
  sandbox.write('new/mine.txt', 'mine\n')
  sandbox.write('config.js', 'ignored, and yet it decides\n')
  const before = await readCheckout(repository, ['config.js', 'c.txt'])
  assert.equal(checkoutChanges(before, await readCheckout(repository, ['config.js', 'c.txt'])), [])

  sandbox.git(['commit', '-qm', 'mine', '--', 'b.txt'])
  sandbox.write('a.txt', 'again\n')
  sandbox.write('d.txt', 'theirs\n')
  sandbox.write('config.js', 'changed\n')
  sandbox.write('other.log', 'ignored\n')
  sandbox.write('odd\nname', 'x\n')
  sandbox.git(['rm', '-q', 'gone.txt'])
  assert.equal(checkoutChanges(before, await readCheckout(repository, ['config.js', 'c.txt'])), ['a.txt', 'config.js', 'd.txt', 'gone.txt', 'odd\nname'])
}))

test.run()
