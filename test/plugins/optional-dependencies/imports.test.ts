import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createImports } from '../../../plugins/optional-dependencies/imports.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('what files of JavaScript import')

test('is read over several lines, and no further than its own statement', async () => {
  await using project = await makeProject({ leakCheck: false, files: {
    'a.mjs': "import {\n  one,\n  two,\n} from 'listed'\nimport name from './b.mjs'\nimport type { T } from 'types-only'\n/* import 'in-a-comment'\nimport 'still-in-it' */\nexport * from \"re-exported\"\nconst\n  x = require('required')\nfunction later() {\n  require('guarded')\n}\n",
    'b.mjs': "import broken from\nimport 'after-it'\nconst half\nconst y = require('after-half')\n/* without an end\nimport 'never'\n",
  } })
  const found = createImports(project.dir).packages('a.mjs')
  assert.equal([...found.keys()].sort(), ['after-half', 'after-it', 'listed', 're-exported', 'required'])
  assert.equal(found.get('after-it'), ['a.mjs', 'b.mjs'])
})

test('a large file of nothing but beginnings is read once, and not once for each of them', async () => {
  const beginnings = ['import a\n', '/*\n', 'const a\n', 'import {\n', 'import a from\n', 'import\n', 'import a\n from \n']
  const files = Object.fromEntries(beginnings.map((unit, index) => [`${index}.js`, unit.repeat(Math.floor(990_000 / unit.length))]))
  await using project = await makeProject({ leakCheck: false, files })
  // Each took minutes when every beginning looked for its end in all that follows.
  for (const file of Object.keys(files)) assert.is(createImports(project.dir).packages(file).size, 0)
})

test.run()
