import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { receiptMissingError } from '../../errors.ts'
import { attemptPaths } from '../../layout/run-paths.ts'
import type { VerifyOutput } from '../../model/outputs.ts'
import { shortPath } from '../../reporters/format.ts'
import type { CliContext } from '../context.ts'
import { loadProject, openProjectStore } from '../project.ts'

export function configure(command: Command): void {
  command.argument('<receipt>', 'a receipt.json, or the folder of an attempt').option('--rerun', 'also run its checks again, on the tree that was judged')
}

export async function run(context: CliContext, [given]: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const receiptPath = await findReceipt(path.resolve(context.cwd, String(given)))
  const project = await loadProject(context)
  const [{ openRepository }, { verifyReceipt }, { createWitness }] = await Promise.all([
    import('../../workspace/index.ts'), import('../../pipeline/verify-receipt.ts'), import('../verify-witness.ts'),
  ])
  const repository = await openRepository({ configDir: project.config.configDir, root: project.config.root, env: context.runtime.env })
  const store = await openProjectStore(project, { create: false })
  try {
    const found = await verifyReceipt(receiptPath, createWitness(project, repository, store))
    if (options['rerun'] === true && found.receipt && store) {
      const [{ rerunChecks }, { openPlugins }] = await Promise.all([import('../../project/rerun-checks.ts'), import('../open-plugins.ts')])
      const plugins = await openPlugins(project, () => undefined)
      const again = await rerunChecks({ ...project, ...plugins, repository, store }, found.receipt)
      found.confirmed.push(...again.confirmed)
      found.problems.push(...again.problems)
      found.unknown.push(...again.unknown)
    }
    const output: VerifyOutput = {
      ok: found.problems.length === 0, receiptPath, hash: found.hash ?? null, confirmed: found.confirmed, problems: found.problems, unknown: found.unknown, receipt: found.receipt ?? null,
    }
    if (context.json) context.printJson(output)
    else printText(context, output)
    return output.ok ? 0 : 1
  } finally {
    await store?.close()
  }
}

async function findReceipt(given: string): Promise<string> {
  const found = await stat(given).catch(() => undefined)
  const file = found?.isDirectory() ? attemptPaths(given).receipt : given
  if (!(await stat(file).catch(() => undefined))?.isFile()) throw receiptMissingError(file)
  return file
}

function printText(context: CliContext, output: VerifyOutput): void {
  const { style } = context
  const { receipt } = output
  if (receipt) context.print(`${style.bold(`${receipt.run}/${receipt.phase}`)}  attempt ${receipt.attempt}, ${receipt.outcome}`)
  for (const line of output.confirmed) context.print(`  ${style.green('ok  ')}  ${line}`)
  for (const line of output.unknown) context.print(`  ${style.yellow('?   ')}  ${line}`)
  for (const line of output.problems) context.print(`  ${style.red('fail')}  ${line}`)
  context.print(output.ok ? style.green('The receipt holds.') : style.red(`The receipt does not hold: ${shortPath(output.receiptPath, context.cwd)}`))
}
