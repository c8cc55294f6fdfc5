import { findLine, lineExtractor, type Rule } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'
import { classOfStatus } from './curl.ts'

const lead = String.raw`^(?:Rebasing \(\d+/\d+\))?(?:error|fatal): `
/** Parts of messages that vary: hashes of commits and their subjects are the run's own. */
const plain = (text: string) => text.replace(/\b[0-9a-f]{7,40}\b(?:\.\.\.)?/g, '{commit}').replace(/\.$/, '')

function patchFailed(file: string, span?: readonly [number, number]) {
  return { class: 'patch_failed', file, title: `The patch does not apply to ${file}`, key: ['apply', file], span }
}

function config(title: string, ...key: (string | undefined)[]) {
  return { class: 'config_error', title, key }
}

/** The files that a message lists below it, indented. */
function listBelow(lines: readonly string[], index: number): string[] {
  const files: string[] = []
  for (let at = index + 1; files.length < 20 && /^\t\S/.test(lines[at] ?? ''); at++) files.push(lines[at]!.trim())
  return files
}

const patches: readonly Rule[] = [
  { pattern: new RegExp(`${lead}patch failed: (.{1,300}?):\\d+$`), cause: ([, file], { lines, index }) => patchFailed(file!, [index, (lines[index + 1] ?? '').endsWith('patch does not apply') ? index + 1 : index]) },
  { pattern: new RegExp(`${lead}(.{1,300}?): patch does not apply$`), cause: ([, file]) => patchFailed(file!) },
  {
    pattern: new RegExp(`${lead}([^\\s':]{1,300}): ((?:No such file or directory|already exists in (?:index|working directory)|does not (?:match|exist in) index|has been deleted or renamed|wrong type|not an? \\S+.{0,30}))$`),
    cause: ([, file, message]) => ({ class: 'patch_failed', file, title: `The patch does not apply: ${file}: ${message}`, key: ['apply', file, message] }),
  },
  { pattern: new RegExp(`${lead}(corrupt patch at |No valid patches in input|unrecognized input|patch fragment without header at |git diff header lacks|patch with only garbage at ).*$`), cause: ([, message]) => ({ class: 'patch_failed', title: `The patch cannot be read: ${message!.replace(/ at $/, '')}`, key: ['patch', message!.trim()] }) },
  // patch(1) names the file first.
  {
    pattern: /^Hunk #\d+ FAILED at \d+/,
    cause(_, { lines, index }) {
      let at = index - 1
      while (at >= 0 && at > index - 200 && !/^(?:checking|patching) file /.test(lines[at]!)) at--
      const file = /^(?:checking|patching) file '?(.+?)'?$/.exec(lines[at] ?? '')?.[1]
      const end = findLine(lines, /hunks? FAILED/, index, 60)
      return file === undefined ? undefined : patchFailed(file, [index, end === -1 ? index : end])
    },
  },
  { pattern: /^can't find file to patch at input line/, cause: () => ({ class: 'patch_failed', title: 'The patch names a file that does not exist', key: ['apply', 'no file'], confidence: 'medium' }) },
]

const conflicts: readonly Rule[] = [
  {
    pattern: /^CONFLICT \(([\w/ -]{1,60})\): (?:Merge conflict in (.+)|(\S.{0,300}?) (?:deleted|renamed|added|moved|was|directory|in|on)\b.*)$/,
    cause([, kind, content, other]) {
      const file = (content ?? other)!
      const plainKind = kind === 'content' || kind === 'add/add'
      return { class: 'patch_failed', file, title: `Merge conflict in ${file}${plainKind ? '' : ` (${kind})`}`, key: ['conflict', plainKind ? undefined : kind, file] }
    },
  },
  {
    pattern: /^error: (?:Your local changes to the following files|The following untracked working tree files) would be (?:overwritten|removed) by (?:merge|checkout|.{1,20}):$/,
    cause([text], { lines, index }) {
      const files = listBelow(lines, index)
      const untracked = text.includes('untracked')
      return {
        class: 'patch_failed', file: files[0], title: `${untracked ? 'Untracked files' : 'Local changes'} are in the way: ${files.join(', ')}`,
        key: [untracked ? 'untracked' : 'local changes', ...files], span: [index, index + files.length],
      }
    },
  },
  { pattern: /^(?:fatal|error): (?:Exiting because of an unresolved conflict|you need to resolve your current index first|Committing is not possible because you have unmerged files|Pulling is not possible|Cherry-picking is not possible|You have not concluded your merge)/, cause: () => ({ class: 'patch_failed', title: 'Files are unmerged', key: ['unmerged'], confidence: 'medium' }) },
  { pattern: /^fatal: refusing to merge unrelated histories/, cause: () => ({ class: 'patch_failed', title: 'The histories are unrelated', key: ['unrelated'] }) },
  { pattern: /^fatal: Not possible to fast-forward/, cause: () => ({ class: 'patch_failed', title: 'The branch cannot be fast-forwarded', key: ['fast-forward'] }) },
  { pattern: /^(?:Automatic merge failed|(?:error: )?could not apply|Patch failed at|.{0,30}error: could not apply|Merge with strategy)/i, cause: () => ({ class: 'patch_failed', title: 'The merge failed', key: ['merge'], role: 'effect' }) },
  {
    pattern: /^ ! \[(?:remote )?rejected\]\s+(\S+) -> (\S+) \((.+)\)$/,
    cause: ([, , branch, why]) => ({ class: /declined|protected|permission|denied/.test(why!) ? 'permission_denied' : 'patch_failed', symbol: branch, title: `The push to ${branch} was rejected: ${why}`, key: ['push', branch, why] }),
  },
]

const access: readonly Rule[] = [
  {
    pattern: /^fatal: unable to access '([^']+)': (.+)$/,
    cause([, url, message]) {
      const status = /returned error: (\d{3})/.exec(message!)?.[1]
      const host = /^\w+:\/\/(?:[^@/]*@)?([^/:]+)/.exec(url!)?.[1]
      const said = message!.replace(/ after \d+ ms.*$/, '').replace(/ port \d+/, '')
      return { class: status === undefined ? meaningOf(said) ?? 'network' : classOfStatus(status), code: status, title: `git cannot reach ${host ?? url}: ${said}`, key: ['access', host, status ?? said] }
    },
  },
  { pattern: /^fatal: could not read (?:Username|Password) for '(\w+:\/\/)?(?:[^@/']*@)?([^/':]+)[^']*'/, cause: ([, , host]) => ({ class: 'auth', title: `git has no credentials for ${host}`, key: ['credentials', host] }) },
  { pattern: /^fatal: Authentication failed for '(?:\w+:\/\/)?(?:[^@/']*@)?([^/':]+)/, cause: ([, host]) => ({ class: 'auth', title: `${host} refused git's credentials`, key: ['refused', host] }) },
  { pattern: /^(?:\S+@)?(\S+?): Permission denied \((publickey[\w,-]*)\)/, cause: ([, host, methods]) => ({ class: 'auth', title: `${host?.split('@').at(-1)} refused the ssh key`, key: ['ssh', host?.split('@').at(-1), methods] }) },
  { pattern: /^Host key verification failed/, cause: () => ({ class: 'auth', title: "The host's ssh key is not known", key: ['host key'] }) },
  { pattern: /^ssh: (connect to host (\S+) port \d+|Could not resolve hostname ([^\s:]+)): (.+)$/, cause: ([, , host, name, why]) => ({ class: meaningOf(why!) ?? 'network', title: `ssh: ${host ?? name}: ${why}`, key: ['ssh', host ?? name, why] }) },
  { pattern: /^remote: (?:Repository not found|Write access to repository not granted|Permission to (\S+) denied)/, cause: ([text, name], { lines, index }) => ({ class: 'auth', title: text.replace(/^remote: /, ''), key: ['remote', name, text.replace(/ to \S+/, '')], span: [index, (lines[index + 1] ?? '').startsWith('fatal: ') ? index + 1 : index] }) },
  { pattern: /^fatal: (?:the remote end hung up|early EOF|Could not read from remote repository)/i, cause: () => ({ class: 'network', title: 'The remote repository cannot be read', key: ['remote'], role: 'effect' }) },
]

const repository: readonly Rule[] = [
  { pattern: new RegExp(`${lead}pathspec '([^']+)' did not match any`), cause: ([, path]) => config(`git knows nothing called ${path}`, 'pathspec', path) },
  { pattern: /^fatal: Unable to create '(.{1,400}?)': File exists\.?$/, cause: ([, file]) => ({ class: 'permission_denied', title: `Another git process holds ${lockName(file!)}`, key: ['lock', lockName(file!)] }) },
  { pattern: new RegExp(`${lead}(?:ambiguous argument|bad revision|invalid reference:|Not a valid object name:?|couldn't find remote ref|unknown revision|Remote branch|Needed a single revision|not a valid ref(?:name)?:?|malformed object name) ?'?([^\\s':]*)'?`), cause: ([text, name]) => config(`git knows no revision ${name === '' ? plain(text.replace(/^\w+: /, '')) : name}`, 'revision', name) },
  { pattern: /^fatal: not a git repository/, cause: () => config('This is not a git repository', 'no repository') },
  { pattern: /^fatal: detected dubious ownership in repository/, cause: () => ({ class: 'permission_denied', title: 'The repository belongs to another user', key: ['ownership'] }) },
  { pattern: /^(?:\*\*\* Please tell me who you are|fatal: (?:unable to auto-detect email address|empty ident name|no (?:email|name) was given))/, cause: () => config('git does not know who commits', 'identity') },
  { pattern: /^fatal: (?:repository|'(.{1,300})') (?:'(.{1,300})' )?(?:does not appear to be a git repository|does not exist|not found)/, cause: ([, remote, path]) => config(`There is no repository ${remote ?? path}`, 'remote', remote ?? path) },
  { pattern: /^fatal: [Aa] branch named '([^']+)' already exists/, cause: ([, branch]) => config(`Branch ${branch} exists already`, 'branch', branch) },
  { pattern: /^fatal: '([^']+)' (already exists|is already (?:checked out|used by worktree) at) ?/, cause: ([, name, what]) => config(`${name} ${what!.replace(/ at$/, '')}`, 'worktree', name?.split('/').at(-1), what) },
  { pattern: /^(?:fatal|error): (?:bad object|object file .{1,200} is empty|loose object .{1,200} is corrupt|bad tree object|your current branch appears to be broken|bad (?:index file|signature)|index file corrupt|unable to read (?:tree|\w+)|missing blob|packfile .{1,200} (?:cannot be accessed|is)).*/, cause: ([text]) => ({ class: 'crash', title: `The repository is damaged: ${plain(text)}`, key: ['corrupt', plain(text).replace(/\b(?:\S+\/)+\S*/, '{object}')] }) },
  // Anything else that git calls fatal, in the words of its own.
  { pattern: /^fatal: (?!\[)(.{3,400})$/, cause: ([, message]) => ({ class: meaningOf(message!) ?? 'config_error', title: `git: ${plain(message!)}`, key: ['fatal', plain(message!)], confidence: 'medium' }) },
]

/** `.git/index.lock`, `refs/heads/x.lock`: the worktree's own folder in between is the run's. */
const lockName = (path: string) => path.replace(/^.*?\.git\/(?:worktrees\/[^/]+\/)?/, '')

/** git: apply, am, merge, rebase, worktrees, remotes; and patch. */
export const git = lineExtractor('git', [
  /^(?:.{0,60}\s)?(?:fatal|error): (?!\S+\(\d)/m, /^CONFLICT \(/m, /^Hunk #\d+ FAILED/m, /^ ! \[(?:remote )?rejected\]/m, /Permission denied \(publickey/, /^Host key verification failed/m, /^ssh: /m, /^\*\*\* Please tell me who you are/m, /^remote: /m, "can't find file to patch",
], [
  ...patches, ...conflicts, ...access, ...repository,
  { pattern: /^error: src refspec (\S+) does not match any$/, cause: ([, name]) => config(`There is no branch ${name} to push`, 'refspec', name) },
])
