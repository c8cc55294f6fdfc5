import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as builders from '../../../core/builders/index.ts'
import { builtInFormats } from '../../../core/checks/index.ts'
import type { BuilderNames, CheckFormatNames, FailureClassNames, StubKindNames } from '../../../core/index.ts'
import { autoName } from '../../../core/model/agent-names.ts'
import { pipelineClasses, toolClasses } from '../../../core/model/failure.ts'
import { scopeStubKinds } from '../../../plugins/scope-stubs/kinds.ts'

const test = suite('names that an editor completes')

// The compiler holds these lists and the interfaces together, the tests these lists and what is there.
const stubKinds: Record<keyof StubKindNames, true> = {
  'package-lock.json': true, 'yarn.lock': true, 'pnpm-lock.yaml': true, '__init__.py': true, json: true, yaml: true, markdown: true, typescript: true,
}
const formats: Record<keyof CheckFormatNames, true> = { 'exit-code': true, junit: true, tap: true, pytest: true }
const builderNames: Record<keyof BuilderNames, true> = { auto: true, claude: true, codex: true, opencode: true, gemini: true, aider: true, command: true, patch: true }

test('are those that there are', () => {
  assert.equal(Object.keys(stubKinds).sort(), scopeStubKinds.map((kind) => kind.name).sort())
  assert.equal(Object.keys(formats).sort(), [...builtInFormats().keys()].sort())
  assert.equal(Object.keys(builderNames).sort(), [autoName, ...Object.keys(builders)].sort())
  const classes: readonly (keyof FailureClassNames)[] = [...toolClasses, ...pipelineClasses]
  assert.ok(classes.includes('import_crash'))
})

test.run()
