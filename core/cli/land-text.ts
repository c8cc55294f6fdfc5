import type { LandConflict, LandOutput } from '../model/landing.ts'
import { plural, shortPath } from '../reporters/format.ts'
import type { CliContext } from './context.ts'

const shown = 5
const column = 10

/** Prints a step of a landing on a line of its own; nothing with `--json`. */
export function landingStyle({ json, print, style }: CliContext): (kind: string, text: string) => void {
  return (kind, text) => {
    if (json) return
    const paint = kind === 'warning' ? style.yellow : style.bold
    print(`${kind === '' ? ' '.repeat(column) : paint(kind.padEnd(column))}${text}`)
  }
}

/** What came of a landing, after the steps were told. */
export function landingLines(output: LandOutput, { style, cwd, program }: Pick<CliContext, 'style' | 'cwd' | 'program'>): string[] {
  const line = (kind: string, text: string, paint: (text: string) => string = style.bold) => `${paint(kind.padEnd(column))}${text}`
  const { outcome, target, branch, run, from, to, failure } = output
  const lines = output.warnings.map((warning) => line('warning', warning, style.yellow))
  if (outcome === 'landed' || outcome === 'planned' || outcome === 'pushed') {
    for (const commit of output.commits) lines.push(line('', `${commit.commit.slice(0, 10)} ${commit.subject}${commit.was === null ? '' : style.dim(` (was ${commit.was.slice(0, 10)})`)}`))
  }
  if (output.partial.length > 0) lines.push(line('partial', `without ${output.partial.join(', ')}`, style.yellow))
  switch (outcome) {
    case 'landed':
      lines.push(line('landed', `${run} in ${target}: ${from.slice(0, 10)} → ${to!.slice(0, 10)}, ${plural(output.commits.length, 'commit')}`, style.green))
      if (output.checkout) lines.push(line('', `the files of ${output.checkout.folder} are up to date with it`))
      break
    case 'planned': lines.push(...planned(output, line)); break
    case 'pushed':
      lines.push(line('pushed', `${branch} to ${output.request!.remote}`, style.green))
      if (output.request!.url !== null) lines.push(line('', `${output.request!.opened ? 'the request' : 'open the request'}: ${output.request!.url}`))
      if (!output.request!.opened) lines.push(line('', `${output.request!.url === null ? 'open the request' : 'or'}: gh pr create --head ${branch} --base ${target}`))
      break
    case 'up-to-date': lines.push(line('nothing', `${target} has all of ${run}`)); break
    case 'interrupted': lines.push(line('stopped', 'nothing was moved', style.yellow)); break
    case 'conflict':
      lines.push(line('conflict', `${failure!.class} · ${failure!.fingerprint} · nothing was moved`, style.red))
      for (const evidence of failure!.evidence) lines.push(line('', `first at ${evidence}`))
      for (const conflict of output.conflicts) lines.push(...sides(conflict, target, style))
      break
    case 'checks-failed':
      lines.push(line('failed', `${failure!.class} · ${failure!.fingerprint} · nothing was moved`, style.red), line('', failure!.title))
      for (const check of output.checks.filter((one) => one.verdict === 'blocked')) lines.push(line('', `${check.phase === null ? '' : `${check.phase}: `}${check.name} blocked${check.reason === '' ? '' : `: ${check.reason}`}`))
      for (const evidence of failure!.evidence.slice(0, shown)) lines.push(line('', style.dim(evidence)))
      if (failure!.log !== null) lines.push(line('', `log ${shortPath(failure!.log, cwd)}`))
  }
  for (const { command, why } of output.next) lines.push(line('next', `${command.replace(/^autopack\b/, program)}${style.dim(`  # ${why}`)}`))
  return lines
}

function planned(output: LandOutput, line: (kind: string, text: string) => string): string[] {
  const checks = output.checks.map((check) => (check.phase === null ? check.name : `${check.phase}: ${check.name}`))
  return [
    // Where there are none, it was told why.
    ...(checks.length > 0 ? [line('checks', checks.join(', '))] : []),
    ...(output.checkout ? [line('checkout', `${output.target} is checked out in ${output.checkout.folder}, whose files change with --update-checkout only`)] : []),
    line('dry run', 'nothing was done'),
  ]
}

function sides({ path, kind, ours, theirs }: LandConflict, target: string, style: CliContext['style']): string[] {
  const list = (name: string, commits: LandConflict['ours']) => [
    ...commits.slice(0, shown).map((one, index) => `${' '.repeat(column + 2)}${index === 0 ? name.padEnd(12) : ' '.repeat(12)}${one.commit.slice(0, 10)} ${one.subject}${style.dim(one.phase === null ? `, ${one.author}` : `, phase ${one.phase}`)}`),
    ...(commits.length > shown ? [`${' '.repeat(column + 14)}and ${commits.length - shown} more`] : []),
  ]
  return [`${' '.repeat(column)}${style.bold(path)}${kind === '' ? '' : ` (${kind})`}`, ...list('the run', ours), ...list(target, theirs)]
}
