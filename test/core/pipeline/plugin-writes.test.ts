import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PluginApi } from '../../../core/model/plugin.ts'
import { definePlugin } from '../../../core/config/define.ts'
import { load } from '../../support/plugin-api.ts'
import { makeProject } from '../../support/project.ts'
import { prepare, runHere, told } from '../../support/run-project.ts'

const test = suite('what plugins write before the build')

const named = (name: string, apply: (api: PluginApi) => void) => definePlugin({ name, apiVersion: 1, apply })()
const before = ['resolvePath', 'beforePhase'] as const

test('is asked for where a tap does not say that it writes nothing, and after each command', async () => {
  const reads = named('reads', (api) => api.hooks.beforePhase.tap(() => {}, { readOnly: true }))
  const classifies = named('classifies', (api) => api.hooks.classifyFailure.tap(() => undefined))
  const writes = named('writes', (api) => api.hooks.resolvePath.tap(() => undefined))
  assert.is((await load({ plugins: [] })).hooks.writes(before), 0)
  assert.is((await load({ plugins: [reads, classifies, writes] })).hooks.writes(before), undefined)
  let used: PluginApi | undefined
  const { hooks } = await load({ plugins: [reads, classifies, named('runs', (api) => void (used = api))] })
  assert.is(hooks.writes(before), 0)
  await used!.exec({ command: ['true'], cwd: '/', env: {}, logPath: '/dev/null' }).catch(() => undefined)
  assert.is(hooks.writes(before), 1)
})

const plugin = (name: string, body: string, options = '') => `
  definePlugin({ name: '${name}', apiVersion: 1, apply(api) { api.hooks.beforePhase.tap(async ({ phase, repositoryRoot }) => {
    if (phase.id !== '${name}') return
    ${body}
  }${options}) } })(),`

test('is gone before the builder comes: from a tap that writes by itself, and from a command of one that does not', async () => {
  await using project = await makeProject({ files: { 'notes.txt': 'start\n' } })
  const look = 'cd "$AUTOPACK_WORKSPACE"; ls > "$OUTSIDE/$AUTOPACK_PHASE.files"; echo "$AUTOPACK_PHASE" >> notes.txt'
  const command = 'await api.exec({ command: ["touch", "left.txt"], cwd: repositoryRoot, env: process.env, logPath: repositoryRoot + "/../touch.log" })'
  const run = async (config: string, phase: string) => {
    await prepare(project, { phases: { [phase]: look }, plan: { id: phase }, config: `plugins: [${config}],`, imports: "import { definePlugin } from 'autopack'\nimport { writeFileSync } from 'node:fs'" })
    await project.commit(phase)
    const done = await runHere(project)
    assert.is(done.phase(phase).outcome, 'complete')
    return (await told(project, `${phase}.files`)).trim().split('\n')
  }
  assert.not.ok((await run(plugin('itself', 'writeFileSync(`${repositoryRoot}/left.txt`, "x")'), 'itself')).includes('left.txt'))
  assert.not.ok((await run(plugin('command', command, ', { readOnly: true }'), 'command')).includes('left.txt'))
})

test.run()
