/**
 * Kills real drains, landings and drafts of plans at random moments, fails every call of git in turn, fills the disk, takes the right to write away; and
 * looks each time whether anything was lost, done twice, half written or left behind.
 *
 *   npm run torture [-- --count 200] [--seed 1] [--only kills|land|meddle|git|full|read-only|forty]
 *
 * Without `--only`, landings and drafts get a third of the kills each, besides. `forty` is forty runs at parallelism 8 on some thousand files, which nobody disturbs. A kill takes about three seconds, so none of this is part of
 * `npm test`. The seed is printed: the same one kills at the same events again.
 */
import { parseArgs } from 'node:util'
import { failGit } from './git.ts'
import { fillDisk, takeWriting } from './disk.ts'
import { fortyRuns } from './forty.ts'
import { torture } from './kills.ts'
import { killLandings } from './land.ts'
import { killMeddlers } from './meddle.ts'
import { randomFrom } from './random.ts'

const { values } = parseArgs({ options: { count: { type: 'string', default: '40' }, seed: { type: 'string' }, only: { type: 'string' } } })
const count = Number(values.count)
/** Of the kills, beside as many of drains as were asked for. */
const part = Math.ceil(count / 3)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const wanted = (name: string): boolean => values.only === undefined || values.only === name
const problems: string[] = []
const rows: [string, string][] = []
const tell = (line: string) => console.log(line)

tell(`seed ${seed}`)
if (wanted('kills')) {
  const toll = await torture(count, randomFrom(seed), tell)
  problems.push(...toll.problems)
  const stages = [...toll.stages].sort(([, one], [, other]) => other - one).map(([stage, times]) => `${stage} ${times}`).join(', ')
  rows.push(['kills', `${toll.kills} in ${toll.worlds} backlogs of 16 phases, in ${toll.beside} of them two of a run at once, ${toll.orphaned} of the supervisor alone, ${toll.companions} beside another drain that went on; ${toll.recovered} attempts taken up; killed in ${stages}`])
}
if (wanted('land')) rows.push(['landings', await killLandings(values.only ? count : part, randomFrom(seed), problems, tell)])
if (wanted('meddle')) rows.push(['builders that change git', await killMeddlers(values.only ? count : part, randomFrom(seed), problems)])
if (wanted('git')) rows.push(['a git that fails', await failGit(problems, tell)])
if (wanted('full')) rows.push(['a full disk', await fillDisk(problems)])
if (wanted('forty')) rows.push(['forty runs at once', await fortyRuns(problems)])
if (wanted('read-only')) rows.push(['a runs directory that turns read-only', await takeWriting(problems)])

tell('')
for (const [name, text] of rows) tell(`${name}: ${text}`)
for (const problem of problems) tell(`FAILED ${problem}`)
tell(problems.length === 0 ? '1 passed, 0 failed' : `0 passed, 1 failed; again with --seed ${seed}`)
process.exitCode = problems.length === 0 ? 0 : 1
