import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject, repositoryRoot } from '../../support/project.ts'

const test = suite('live')

// The view draws on the stdout of its process: it gets one of its own.
const script = `
import { createLiveReporter } from '${repositoryRoot}/core/reporters/live.ts'
import { createStyle } from '${repositoryRoot}/core/reporters/style.ts'
let now = 0
// As the command line has it: what others print goes to stderr, and our own lines and the view to stdout.
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = (...args) => process.stderr.write(...args)
const reporter = createLiveReporter({ print: (line) => write(line + '\\n'), write, style: createStyle(false), columns: 80, cwd: '/p', monotonic: () => now })
const phase = (name) => ({ at: '', run: 'demo', phase: name, attempt: 1 })
const drawn = () => new Promise((resolve) => setTimeout(resolve, 400))
reporter.event({ at: '', type: 'drain-started', session: 's', runs: ['demo'], phases: 2, caps: {} })
reporter.event({ ...phase('one'), type: 'phase-started', goal: 'g', builder: 'claude', attemptDir: '/p/a' })
reporter.event({ ...phase('one'), type: 'stage-started', stage: 'build', lastMs: 65_000 })
now = 42_000
reporter.event({ ...phase('one'), type: 'progress', line: 'editing \\u001b[2Ja.ts', usage: { inputTokens: 12_000, outputTokens: 0, cost: 0.5 } })
await drawn()
console.log('said by a plugin')
reporter.event({ at: '', type: 'notice', level: 'warning', message: 'mind the gap' })
await drawn()
reporter.event({ ...phase('one'), type: 'phase-finished', outcome: 'complete', usage: 'unknown', durationMs: 1_000, warnings: [], attemptDir: '/p/a' })
await reporter.close()
write('after\\n')
`

test('shows what runs, for how long against last time, what it costs and its last line; what ended stays above', async () => {
  await using project = await makeProject({ git: false, files: { 'live.mts': script } })
  const { exitCode, stdout, stderr } = await project.run([process.execPath, project.path('live.mts')])
  assert.equal([exitCode, stderr], [0, 'said by a plugin\n'])
  // Without a terminal listr2 draws each change once, below each other: what it draws is the same.
  const text = stdout.replace(new RegExp(String.raw`\u001b\[[?\d;]*[A-Za-z]`, 'g'), '')
  assert.match(text, /demo\/one {2}build \(claude\) 42s, 1m 05s last time · 12k tokens · \$0\.50\n *. editing a\.ts\n/)
  const lasting = text.split('\n').filter((line) => /^(session|warning|complete|after)/.test(line))
  assert.equal(lasting, ['session   s · run demo · 2 phases', 'warning   mind the gap', 'complete  one  1.0s · tokens unknown', 'after'])
})

test.run()
