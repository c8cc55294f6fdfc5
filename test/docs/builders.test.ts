import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { agentNames } from '../../core/model/agent-names.ts'
import { isolatedPath, runInside } from '../support/cli.ts'
import { readPage, stepsOf } from '../support/doc-page.ts'
import { makeProject } from '../support/project.ts'

const test = suite('docs/builders.md')
const configOf = (page: string) => stepsOf(readPage(page)).find((step) => step.type === 'file' && step.name === 'autopack.config.ts') as { text: string } | undefined

test('its config loads, and the prices page\'s too', async () => {
  for (const page of ['docs/builders.md', 'docs/prices.md']) {
    await using project = await makeProject({ files: { 'autopack.config.ts': configOf(page)!.text } })
    const { exitCode, stdout, stderr } = await runInside(project, ['config'])
    assert.equal([exitCode, stderr], [0, ''], page)
    assert.match(stdout, page.endsWith('prices.md') ? /^prices\.our-own-model\.cachedInput +0\.04 /m : /^builders\.thorough /m)
  }
})

test('the options of each agent that the page lists are those that it takes', () => {
  const page = readFileSync(new URL('../../docs/builders.md', import.meta.url), 'utf8')
  for (const name of agentNames) {
    const source = readFileSync(new URL(`../../core/builders/${name}.ts`, import.meta.url), 'utf8')
    const own = [...(/^const rules = \{(.*?)^(?:\}|\n)/ms.exec(source)?.[1] ?? '').matchAll(/\b(\w+): /g)].map(([, option]) => option!)
    const section = new RegExp(`^## ${name}\\n(.*?)^## `, 'ms').exec(page)?.[1] ?? ''
    const shared = ['args', 'env', 'executable', 'account']
    const listed = [...section.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`(\w+)`/g)].map(([, option]) => option!)).filter((option) => !shared.includes(option))
    assert.equal(listed.toSorted(), own.toSorted(), name)
  }
})

test('auto takes what is installed and says which, in doctor and before the first attempt', async () => {
  await using project = await makeProject({ files: { 'autopack.config.yaml': 'project: p\nbuilder: auto\n', 'runs/r.yaml': 'id: r\nphases:\n  - { id: a, goal: Do a }\n  - { id: b, goal: Do b, builder: claude }\n' } })
  const PATH = await isolatedPath(project, { claude: 'echo "2.1.330 (Claude Code)"' })
  const doctor = await runInside(project, ['doctor'], { env: { PATH } })
  assert.match(doctor.stdout, /^ok +builder +claude 2\.1\.330: auto takes claude, the only agent on PATH$/m)
  const run = await runInside(project, ['run'], { env: { PATH } })
  assert.match(run.stdout, /builder claude 2\.1\.330: auto takes claude, the only agent on PATH/)
  // What ran was no agent: it ended without a last message.
  assert.match(run.stdout, /claude exited with code 0 before its last message/)
})

test('where the one that auto takes cannot run, the others that are installed are named', async () => {
  await using project = await makeProject({ files: { 'autopack.config.yaml': 'project: p\nbuilder: auto\n', 'runs/r.yaml': 'id: r\nphases: [{ id: a, goal: Do a }]\n' } })
  const { exitCode, stderr } = await runInside(project, ['run'], { env: { PATH: await isolatedPath(project, { claude: 'echo 1.0.0', codex: 'echo 0.200.0', aider: 'echo 0.90.0' }) } })
  assert.is(exitCode, 2)
  assert.match(stderr, /: the builder claude cannot run here: \S+\/claude is version 1\.0\.0, and \S+ is the least that works \(auto took it, the first on PATH\)\n {2}fix: update it: `[^`]+`; or take another that is installed: builder: 'codex', builder: 'aider'\n$/)
})

test('where none is installed, one line says so before anything is claimed', async () => {
  await using project = await makeProject({ files: { 'autopack.config.yaml': 'project: p\nbuilder: auto\n', 'runs/r.yaml': 'id: r\nphases: [{ id: a, goal: Do a }]\n' } })
  const { exitCode, stderr } = await runInside(project, ['run'], { env: { PATH: await isolatedPath(project) } })
  assert.is(exitCode, 2)
  assert.match(stderr, /^error\[builder-unavailable\]: the builder auto cannot run here: no agent is installed: none of claude.* is on PATH\n {2}fix: install one of them, or set `builder`/)
})

test.run()
