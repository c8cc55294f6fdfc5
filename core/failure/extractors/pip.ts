import { findLine, lineExtractor } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

/** pip, uv, poetry: packages that do not exist or do not fit together, and builds of packages. */
export const pip = lineExtractor('pip', [/^\s*ERROR: (?:Could not|No matching|Cannot install|Failed|pip|Invalid requirement|ResolutionImpossible|Package|THESE|Exception)/m, /^error: (?:subprocess-exited|metadata-generation|externally-managed)/m, /× No solution found when resolving/, /version solving failed/], [
  {
    pattern: /^\s*ERROR: (?:Could not find a version that satisfies the requirement|No matching distribution found for) (\S+?)(?: \(from .*)?$/,
    cause: ([, requirement]) => ({ class: 'missing_dependency', module: requirement!.split(/[=<>~![;]/)[0], title: `No version of ${requirement} can be installed`, key: ['no version', requirement] }),
  },
  {
    pattern: /^\s*ERROR: Cannot install (.+) because these package versions have conflicting dependencies/,
    cause: ([, packages]) => ({ class: 'missing_dependency', title: `${packages} cannot be installed together`, key: ['conflict', packages] }),
  },
  { pattern: /^\s*ERROR: Could not open requirements file: .*'([^']+)'$/, cause: ([, file]) => ({ class: 'config_error', file, title: `Requirements file ${file} does not exist`, key: ['requirements', file] }) },
  { pattern: /^\s*ERROR: Invalid requirement: '?([^']+)'?/, cause: ([, requirement]) => ({ class: 'config_error', title: `Invalid requirement ${requirement}`, key: ['invalid', requirement] }) },
  { pattern: /^\s*ERROR: Failed building wheel for (\S+)|^\s*ERROR: Could not build wheels for ([^,\s]+)/, cause: ([, one, other]) => ({ class: 'build_error', module: one ?? other, title: `The wheel of ${one ?? other} cannot be built`, key: ['wheel', one ?? other], role: 'effect' }) },
  { pattern: /^error: externally-managed-environment$/, cause: () => ({ class: 'config_error', title: 'The Python environment is managed by the system', key: ['externally managed'] }) },
  {
    pattern: /× No solution found when resolving dependencies/,
    cause(_, { lines, index }) {
      const end = findLine(lines, /^\s*$/, index, 20)
      const why = lines.slice(index + 1, end === -1 ? index + 6 : end).map((line) => line.replace(/^[\s╰─▶│]+/, '')).join(' ').trim()
      return { class: 'missing_dependency', title: `Dependencies cannot be resolved: ${why}`, key: ['no solution', why], span: [index, end === -1 ? index + 5 : end] }
    },
  },
  { pattern: /^(Because .+), version solving failed\.?$/, cause: ([, why]) => ({ class: 'missing_dependency', title: `Dependencies cannot be resolved: ${why}`, key: ['no solution', why] }) },
  { pattern: /^\s*ERROR: Could not install packages due to an OSError: (.+)$/, cause: ([, message]) => ({ class: meaningOf(message!) ?? 'crash', title: `pip: ${message}`, key: ['os error', message] }) },
])
