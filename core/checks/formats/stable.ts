import type { TestCase, TestStatus } from '../../model/check.ts'
import type { CheckFormatInput } from '../../model/check-format.ts'

type Place = Pick<CheckFormatInput, 'projectDir' | 'cwd' | 'isFile'>

const addresses = /\b0x[0-9a-f]{4,}\b/gi
const temporaryPaths = /(?:\/private)?\/(?:tmp|var\/tmp|var\/folders)\/[^\s'"`)\]>,;]+/g
/** Brackets that stand at a name without a space are its parameters, as pytest writes them: `test_waits[5s]`. */
const trailingDuration = /(?:\s{1,20}[([]|\()\s{0,20}\d{1,20}(?:[.,]\d{1,20})?\s{0,20}(?:µs|us|ms|s|m)\s{0,20}[)\]]$/
const controls = /[\u0000-\u001f\u007f]+/g

/** A test's name without what changes from run to run or from machine to machine: absolute and temporary paths, addresses, durations, control characters. */
export function stableName(name: string, projectDir: string): string {
  return withoutProject(name, projectDir)
    .replace(controls, ' ')
    .replace(temporaryPaths, '{temporary}')
    .replace(addresses, '0x…')
    .replace(trailingDuration, '')
    .trim()
}

/** Makes absolute paths and file URLs below the project root relative to it. */
export function withoutProject(text: string, projectDir: string): string {
  let result = text
  for (const prefix of [`file://${projectDir}/`, `/private${projectDir}/`, `${projectDir}/`]) result = result.replaceAll(prefix, '')
  return result
}

/** A path of a report, relative to the project root and `/` separated; undefined where it lies outside the project. */
export function placeFile(path: string, place: Place): string | undefined {
  const written = path.replaceAll('\\', '/')
  const relativeToProject = withoutProject(written, place.projectDir)
  const plain = relativeToProject.replace(/^(?:\.\/)+/, '')
  if (plain === '' || plain.startsWith('/') || plain.startsWith('../') || /^[A-Za-z]:\//.test(plain) || plain.includes('://')) return undefined
  if (relativeToProject !== written || place.cwd === '') return plain
  // Most tools name files from where they run, some from the top of the project.
  const fromCwd = `${place.cwd}/${plain}`
  return !place.isFile(fromCwd) && place.isFile(plain) ? plain : fromCwd
}

/** The file that a dotted Python module or class path was written in, and the classes after it. */
export function pythonFile(dotted: string, place: Place): { file: string; classes: string[] } | undefined {
  if (!/^[\w.]+$/.test(dotted)) return undefined
  const parts = dotted.split('.')
  for (let length = parts.length; length > 0; length -= 1) {
    const path = `${parts.slice(0, length).join('/')}.py`
    const found = [place.cwd === '' ? path : `${place.cwd}/${path}`, path].find(place.isFile)
    if (found !== undefined) return { file: found, classes: parts.slice(length) }
  }
  return undefined
}

const jvmSources = ['java', 'kotlin', 'groovy', 'scala'].flatMap((language) => {
  const extension = { java: 'java', kotlin: 'kt', groovy: 'groovy', scala: 'scala' }[language]
  return ['test', 'integrationTest', 'it'].map((set) => ({ folder: `src/${set}/${language}`, extension }))
})

/** The source file of a Java (Kotlin, …) class, looked for in the module that wrote the report. */
export function jvmFile(className: string, reportPath: string, isFile: (path: string) => boolean): string | undefined {
  if (!/^[\w.$]+$/.test(className)) return undefined
  const module = /^(.*?)(?:^|\/)(?:target|build)\//.exec(reportPath)?.[1] ?? ''
  const path = className.replace(/\$.*$/, '').replaceAll('.', '/')
  for (const { folder, extension } of jvmSources) {
    const candidate = `${module === '' ? '' : `${module}/`}${folder}/${path}.${extension}`
    if (isFile(candidate)) return candidate
  }
  return undefined
}

const worstFirst: readonly TestStatus[] = ['error', 'failed', 'skipped', 'passed']

/** Keeps tests of one id apart as `id`, `id #2`, …: worst first, so that the order of execution (workers) does not matter. */
export function keepApart(tests: readonly TestCase[]): TestCase[] {
  const groups = Map.groupBy(tests, (test) => test.id)
  return [...groups.values()].flatMap((group) =>
    group
      .toSorted((left, right) => worstFirst.indexOf(left.status) - worstFirst.indexOf(right.status))
      .map((test, index) => (index === 0 ? test : { ...test, id: `${test.id} #${index + 1}` })),
  )
}

/** The first `limit` characters, with an ellipsis where something was cut. */
export function shorten(text: string, limit = 500): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}
