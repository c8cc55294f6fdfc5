/** Lines that sound alarming and are not, whichever tool prints them. */
const calm: readonly RegExp[] = [
  /\b(?:0|no|zero) (?:\w+ ){0,2}(?:errors?|failures?|failed|failing|problems?|issues?|vulnerabilit\w+|warnings)\b/i,
  /\b(?:errors?|failures?|failed|failing): ?0\b/i,
  /\berror[- ](?:handl\w+|boundar\w+|reporting|page|codes?|messages?|free|prone|log\w*|recovery|tracking|count)\b/i,
  /\bwithout (?:any )?(?:errors?|failures?)\b/i, /\bfail(?:ed)?-(?:fast|safe|over)\b/i,
  /^\s*(?:ok|✓|✔|√|PASS(?:ED)?|SKIP(?:PED)?|▶|﹣|ℹ|➤)(?:\s|:|$)/,
  /^\s*(?:\S+ )?(?:\[?(?:WARN(?:ING)?|INFO|DEBUG|TRACE|NOTICE|HINT)\b\]?|(?:warn(?:ing)?|info|debug|note|notice|hint|help):)/,
  /^(?:npm|pnpm|yarn)\s+(?:warn|notice|info|verb|http|timing)\b/i, /^\S+:\d+(?::\d+)?: (?:warning|note|info)\b/i, /\bdeprecated\b/i, /^\s*#\s/,
  /^\s*(?:\$|\+{1,3}|%|>) \S/,
  /^(?:Downloading|Downloaded|Installing|Installed|Compiling|Building|Fetching|Resolving|Unpacking|Selecting|Preparing|Setting up|Get:|Hit:|Collecting|Requirement already|Successfully|added \d+ packages)\b/,
  /\ballow(?:ed)? failures?\b|\bcontinu(?:e|ing)(?: on error| anyway)?\b|\bignor(?:ed|ing)\b|\bexpected failures?\b/i,
  // A runner's banner around the output of a command.
  /^\[[\w.-]{1,60}\] (?:attempt \d+\/\d+ )?\$ /,
  // A step of a job that is announced, and what a runner writes about itself.
  /^(?:Run|Step|Job|Starting|Finished|Running|Executing|Post job|Uploading|Cleaning up|Entering|Leaving)\b/,
]

export function harmless(line: string): boolean {
  return calm.some((pattern) => pattern.test(line)) && !counted.test(line)
}

/** `3 errors, 0 warnings`, `failures: 2`: some, beside none of another kind. */
const counted = /\b[1-9]\d* (?:errors?|failures?|failed|failing)\b|\b(?:errors?|failures?|failed|failing): ?[1-9]/i

/** What will be tried again is not why it ended, unless nothing else is said. */
export function transient(line: string): boolean {
  return /\b(?:retry(?:ing)?|will (?:be )?(?:retried|try again)|trying again|attempt \d+ (?:of|\/) ?\d+)\b/i.test(line)
}

/** What only says that another program failed. */
const wrapping: readonly RegExp[] = [
  /^g?make(?:\[\d+\])?: \*\*\* (?!No rule|.*(?:missing separator|multiple target|recipe commences|commands commence|Recursive variable|unterminated))/,
  /^ninja: build stopped/, /^(?:npm|pnpm|yarn) (?:ERR!|error)(?: |$)/i, /^(?:error Command failed|ELIFECYCLE|\s*ELIFECYCLE)\b/,
  /\bERR_PNPM_RECURSIVE_RUN_FIRST_FAIL\b|^\s*ELIFECYCLE/,
  /^Process completed with exit code \d+/, /\bexit(?:ed)?(?: with)?(?: (?:code|status|value))?[ =:]+\d+\b/i, /^exit(?: code)?[ =:]?\s?\d+$/i,
  /\b(?:returned|finished with|completed with) (?:a )?(?:non-zero )?(?:exit )?(?:code|status)\b/i, /non-?zero (?:exit|status|code)/i,
  /^\[?[\w.-]{1,60}\]? ?(?:command|script|step|task|job|build|stage) (?:failed|finished|ended)\b/i,
  /^(?:Job|Build|Pipeline|Stage|Step|Task|Script|Workflow)\b.{0,80}\b(?:failed|failure)\b/i,
  /^(?:ERROR: )?(?:Job failed|script returned exit code|Build step .{1,80} marked build as failure)/i,
  /^(?:FAILED|FAILURE|FAIL)$/i, /^FAIL\t\S+(?:\t| \[)/, /^Execution failed for task '/, /^(?:Task )?:[\w:.-]{1,200} FAILED$/, /^Process 'command /, /^Run with --(?:stacktrace|info)\b/, /^FAILED: (?:\[code=\d+\] )?\S+ ?$/, /^\s*(?:BUILD FAILED|FAILURE: Build failed)\b/,
  /^error Command failed/, /^info Visit https?:/, /^husky - /, /^lerna ERR!|^nx\b.*failed|^\s*ERROR {2}run failed: command/,
  /^ERROR: "[\w:-]+" exited with/, /^collect2: error: ld returned/, /^error: could not compile /, /^error: aborting due to/,
  /^compilation terminated/i, /\bexiting now\.?$|: Exiting with failure status|^Exiting\b/,
  /^\d+ (?:errors?|warnings?|problems?|failures?|tests?)\b.{0,60}$/i, /^Found \d+ errors?\b/,
  /^(?:Tests|Test Files|Test Suites|Snapshots|Ran all test suites)\b/, /^For more (?:information|help)/i, /^see (?:the )?(?:log|output|above)/i,
]

export function isWrapper(line: string): boolean {
  const text = line.replace(/^[\s✖✗✘×│┃⨯#>[\]-]{1,20}/u, '')
  return text.length < 500 && wrapping.some((pattern) => pattern.test(text))
}
