import { existsSync, globSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commandTable } from '../../core/cli/commands.ts'
import { isolatedPath, runInside } from '../support/cli.ts'
import { readPage, stepsOf } from '../support/doc-page.ts'
import { makeProject, repositoryRoot } from '../support/project.ts'

const test = suite('README.md')

test('the config, the plan and the classifier load, and say what the page says', async () => {
  const files = Object.fromEntries(stepsOf(readPage('README.md')).flatMap((step) => (step.type === 'file' ? [[step.name, step.text]] : [])))
  assert.equal(Object.keys(files).sort(), ['autopack.config.ts', 'runs/export.yaml', 'state-lock.ts'])
  await using project = await makeProject({ files: { ...files, 'package.json': '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n', 'src/invoice.js': '' } })
  const config = await runInside(project, ['config', '--json'])
  assert.is(config.exitCode, 0, config.stderr)
  const values = Object.fromEntries((JSON.parse(config.stdout) as { path: string; value: unknown }[]).map((entry) => [entry.path, entry.value]))
  assert.is(values['drain.maxAttemptsPerPhase'], 1)
  assert.is(values['drain.maxTotalMinutes'], 45)
  // The machine need not have the agent.
  const dry = await runInside(project, ['run', '--dry-run'], { env: { PATH: await isolatedPath(project, { claude: 'echo "2.1.330 (Claude Code)"' }) } })
  assert.is(dry.exitCode, 0, dry.stderr)
  assert.match(dry.stdout, /csv/)
  assert.match(dry.stdout, /would run after csv/)
  await project.write({ 'other.config.ts': "import { stateLock } from './state-lock.ts'\nexport default { project: 'other', classifiers: [stateLock] }\n" })
  const other = await project.cli(['config', '--config', 'other.config.ts'])
  assert.is(other.exitCode, 0, other.stderr)
  assert.match(other.stdout, /state_lock/)
})

test('what it says is not there yet is not there', () => {
  const open = /^## Not there yet\n([\s\S]*?)^## /m.exec(readPage('README.md'))?.[1] ?? ''
  const commands = [...(/^- ((?:`\w+`, )*`\w+`)\./m.exec(open)?.[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name!)
  assert.not.equal(open, '')
  assert.equal(commands.filter((name) => commandTable.some((entry) => entry.name === name)), [])
})

test('the plans of docs/writing-plans.md are valid, and are taken in the order that the page says', async () => {
  const files = Object.fromEntries(stepsOf(readPage('docs/writing-plans.md')).flatMap((step) => (step.type === 'file' ? [[step.name, step.text]] : [])))
  assert.equal(Object.keys(files).sort(), ['runs/mend.yaml', 'runs/shop-p2-20261201.yaml'])
  const config = "export default { project: 'shop', builder: { name: 'none', available: async () => ({ ok: true }), build: async () => { throw new Error() } }, checks: [{ name: 'tests', run: ['true'] }] }\n"
  await using project = await makeProject({ files: { ...files, 'autopack.config.mjs': config, 'src/invoice.js': '', 'docs/formats/csv.md': '' } })
  const { exitCode, stdout, stderr } = await runInside(project, ['run', '--dry-run'])
  assert.is(exitCode, 0, stderr)
  assert.is(stdout.match(/would run after csv/g)?.length, 2, stdout)
})

test('every link between the documents leads somewhere, to a heading that is there', () => {
  const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: repositoryRoot })
  const headings = new Map(pages.map((page) => [page, [...readPage(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) => anchorOf(title!))]))
  const broken: string[] = []
  for (const page of pages) {
    for (const [, target] of readPage(page).replace(/^```[\s\S]*?^```$/gm, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue
      const [file, anchor] = target!.split('#') as [string, string | undefined]
      const found = file === '' ? page : path.posix.join(path.posix.dirname(page), file)
      if (!existsSync(path.join(repositoryRoot, found))) broken.push(`${page}: ${target}`)
      else if (anchor !== undefined && headings.has(found) && !headings.get(found)!.includes(anchor)) broken.push(`${page}: ${target} (no such heading)`)
    }
  }
  assert.equal(broken, [])
})

/** As GitHub makes them. */
function anchorOf(title: string): string {
  return title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-')
}

test.run()
