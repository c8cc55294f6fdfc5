import { existsSync } from 'node:fs'
import path from 'node:path'
import type { ResolvedConfig } from '../../config/config.ts'
import { displayPath } from '../../config/load.ts'
import { readPlan } from '../../config/plan-file.ts'
import { isPlanFile } from '../../config/plans.ts'
import { planTargetError } from '../../errors.ts'
import { isIdentifier } from '../../model/identifiers.ts'

export interface PlanTarget {
  id: string
  /** Absolute. */
  file: string
  /** Relative to the config's folder, and to the working directory. */
  source: string
  shown: string
  exists: boolean
}

/** Where the plan goes and what its run is called: by what was typed, by the plan that is there, else by the notes and the day. */
export async function planTarget(config: ResolvedConfig, { cwd, now, notes, out, id: typed }: { cwd: string; now: number; notes: string; out: string | undefined; id: string | undefined }): Promise<PlanTarget> {
  if (typed !== undefined && !isIdentifier(typed)) throw planTargetError(out ?? typed, `${JSON.stringify(typed)} cannot be the id of a run`, 'use 1 to 200 printable characters, and no hyphen in front')
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '')
  const stem = notes === '-' ? 'notes' : path.basename(notes).replace(/\.[^.]*$/, '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '') || 'notes'
  const at = (file: string, id: string): PlanTarget => ({
    id, file, source: path.relative(config.configDir, file).split(path.sep).join('/'), shown: displayPath(file, cwd), exists: existsSync(file),
  })
  if (out === undefined) {
    const folder = path.join(config.configDir, config.plans.find((glob) => /^[^*?[{!]+\//.test(glob))?.match(/^([^*?[{!]+)\//)?.[1] ?? '.')
    for (let count = 1; ; count++) {
      const id = typed ?? `${stem}-${day}${count === 1 ? '' : `-${count}`}`
      const target = at(path.join(folder, `${id.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.yaml`), id)
      if (!target.exists) return checkedTarget(config, target)
      if (typed !== undefined) throw planTargetError(target.shown, 'it is there already', `name another id, or change that plan with --out ${target.shown}`)
    }
  }
  const file = path.resolve(cwd, out)
  return checkedTarget(config, at(file, typed ?? (await idOf(file, out)) ?? path.basename(file).replace(/\.[^.]*$/, '')))
}

/** Of the plan that is there. */
async function idOf(file: string, name: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined
  return (await readPlan(file, name)).plan.id
}

function checkedTarget(config: ResolvedConfig, target: PlanTarget): PlanTarget {
  if (!/\.ya?ml$/.test(target.file)) throw planTargetError(target.shown, 'a plan is drafted as YAML', 'name a file that ends in .yaml or .yml')
  if (!isPlanFile(config, target.source)) throw planTargetError(target.shown, `no glob of \`plans\` finds it (${config.plans.join(', ')})`, 'name a file that one of them finds, or add it to `plans` in the config')
  return target
}
