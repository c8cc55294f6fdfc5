import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type SourceLocation, emptyFileError } from '../errors.ts'
import { type Plan, planSchema } from '../model/plan.ts'
import { importDefault } from './import-file.ts'
import { createLocator, isYaml } from './locate.ts'
import { parseJson, parseYaml } from './search.ts'
import { type Places, refuseOtherShape, validate } from './validate.ts'

/** A plan with the places of its parts. */
export interface PlanFile {
  plan: Plan
  /** Relative to the config's folder, `/` separated. */
  source: string
  places: Places
  /** Where a phase, or a key of it, is written. Falls back to the nearest place above. */
  where(phase: string, key?: string): SourceLocation
}

/** Reads one plan and checks it by itself: syntax and schema, not yet what it says of phases and checks. Throws a UserError. */
export async function readPlan(file: string, source: string): Promise<PlanFile> {
  const text = await readFile(file, 'utf8')
  const nameFile = (named: string): string => (named === file ? source : path.posix.join(path.posix.dirname(source), path.relative(path.dirname(file), named)))
  if (text.trim() === '') throw emptyFileError('plan', source)
  const value = await valueOf(file, text, nameFile)
  const places = createLocator({ file, name: source, text })
  if (value === null || value === undefined) throw emptyFileError('plan', source)
  refuseOtherShape('plan', value, places.value([]))
  // `$schema` is for editors.
  const { $schema: _, ...stated } = value as Record<string, unknown>
  const plan = validate(planSchema, stated, places)
  return {
    plan, source, places,
    where(phase, key) {
      const index = plan.phases.findIndex((candidate) => candidate.id === phase)
      if (index < 0) return places.key(['id'])
      return key === undefined ? places.value(['phases', index, 'id']) : places.key(['phases', index, ...key.split('.')])
    },
  }
}

async function valueOf(file: string, text: string, nameFile: (file: string) => string): Promise<unknown> {
  if (isYaml(file)) return parseYaml(file, text, nameFile)
  if (file.endsWith('.json')) return parseJson(file, text, nameFile)
  return (await importDefault(file, 'plan', nameFile)).value
}
