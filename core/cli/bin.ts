#!/usr/bin/env node
// The first file that runs, on whatever Node there is: no static imports, no syntax and no built-in that an old Node does not know,
// so that it can say what is wrong. What is printed without a project (--version, --help) loads nothing else.

const supportedNode = [24, 15]

function start(): void {
  if (isOld(process.versions.node)) {
    tellOldNode().catch(fail)
    return
  }
  if (process.platform === 'win32') {
    refuse('autopack does not run natively on Windows. Run it in WSL: https://learn.microsoft.com/windows/wsl/install')
    return
  }
  const args = process.argv.slice(2)
  const only = args.length === 1 ? args[0] : undefined
  if (only === '--version' || only === '-V') {
    import('./version.ts').then((module) => console.log(module.readVersion()), fail)
  } else if (args.length === 0 || only === '--help' || only === '-h' || only === 'help') {
    import('./help.ts').then((module) => console.log(module.helpText(process.stdout.isTTY === true && !process.env['NO_COLOR'])), fail)
  } else {
    // Every process that is started copies the page tables of this one: 3 ms at 50 MiB, 30 ms at 250. V8 would let the space for new objects
    // grow to 64 MiB; a supervisor waits most of the time and gains nothing by that. Not `--optimize-for-size`, which saves more: set at run time, it left
    // one process in a hundred hanging in V8's own shutdown (Node 24.21: 3 of some 225 ends of `autopack status`, 0 of 500 without).
    // A command that only looks would spend a third of its time on collecting.
    const supervises = args.includes('run') || args.includes('drain')
    const setFlag = () => process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
    // V8 takes code from a cache under the flags alone that it was compiled under: where Node has opened one, everything is loaded before one is set.
    const isCached = Boolean(process.env['NODE_COMPILE_CACHE'])
    if (supervises && !isCached) setFlag()
    const setFlagLate = () => {
      process.getBuiltinModule('node:module').flushCompileCache()
      setFlag()
    }
    // Compiled code is kept in the temporary folder, so that the next start is quicker. Where that is not possible, nothing happens.
    // Not for a supervisor, which starts once, a tenth of a second slower, and would hold 5 MiB of it for hours; from the sources, whose types are
    // stripped anew without, it is half a second.
    if (!supervises || import.meta.url.endsWith('.ts')) process.getBuiltinModule('node:module').enableCompileCache()
    import('./quick-imports.ts').then((module) => module.quickImports()).then(() => import('./main.ts')).then((module) => module.runProcess(args, supervises && isCached ? setFlagLate : undefined)).catch(fail)
  }
}

function isOld(node: string): boolean {
  const version = node.split('.').map(Number)
  const [major, minor] = [version[0] || 0, version[1] || 0]
  return major < supportedNode[0]! || (major === supportedNode[0]! && minor < supportedNode[1]!)
}

/** The package `node` fetches its program by an install script, which many a project turns off. */
async function tellOldNode(): Promise<void> {
  const { existsSync } = await import('node:fs')
  const beside = new URL('../../../../node/', import.meta.url)
  const unfinished = existsSync(new URL('package.json', beside)) && !existsSync(new URL('bin/node', beside))
  const fix = unfinished
    ? 'The package node is installed beside it, but its install script has not run: npm rebuild node --ignore-scripts=false --dangerously-allow-all-scripts'
    : 'Install it from https://nodejs.org, or run: npx -p node@24 -p autopack autopack'
  refuse(`autopack needs Node ${supportedNode.join('.')} or newer; this is ${process.versions.node} (${process.execPath}). ${fix}`)
}

function refuse(problem: string): void {
  console.error(problem)
  process.exitCode = 2
}

function fail(error: unknown): void {
  console.error(`internal error: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 4
}

start()
