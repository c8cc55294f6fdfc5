import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { ResolvedConfig } from '../config/config.ts'
import { builtInTemplate, parseTemplate, type Template } from '../context/index.ts'
import { templateUnreadableError } from '../errors.ts'

/** A template of prompts is a page; what is larger is another file. */
const largestBytes = 256 * 1024

/** The template that the config names, read from the main checkout; else the built-in one. Throws a UserError for one that cannot be used. */
export function readTemplate(config: Pick<ResolvedConfig, 'configDir' | 'prompt' | 'placeOfTemplate'>): Template {
  const file = config.prompt.template
  if (file === undefined) return builtInTemplate()
  const name = path.relative(config.configDir, file).split(path.sep).join('/')
  const refuse = (problem: string) => templateUnreadableError(name, problem, config.placeOfTemplate() ?? { file: 'the config' })
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw refuse(code === 'ENOENT' ? 'is not there' : code === 'EISDIR' ? 'is a folder' : `cannot be read: ${message}`)
  }
  if (bytes.length > largestBytes) throw refuse(`has ${bytes.length} bytes, more than a template needs (${largestBytes})`)
  if (bytes.includes(0)) throw refuse('is binary')
  return parseTemplate(bytes.toString('utf8'), name)
}
