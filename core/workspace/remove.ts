import { chmod, lstat, readdir, rename, rm, rmdir } from 'node:fs/promises'

/** Below the 4,096 bytes that a system takes as a path, with room for one name more. */
const longestPath = 3_800

/** Removes whatever is at the path, a folder without permissions too, and one so deep that no path reaches its end; never follows a link. */
export async function removeAny(target: Buffer, contentOnly = false, lifted = liftedFrom(target)): Promise<void> {
  // fs.rm with `recursive` wants text: names that are not UTF-8 would be missed, so the walk is ours.
  const name = target.at(-1) === 0x2f ? target.subarray(0, -1) : target
  const found = await lstat(name).catch(() => undefined)
  if (!found) return
  if (!found.isDirectory()) return await removeOne(name, () => rm(name, { force: true }))
  if ((found.mode & 0o700) !== 0o700) await chmod(name, 0o700).catch(() => undefined)
  for (const entry of await readdir(name, { encoding: 'buffer' })) {
    const file = Buffer.concat([name, Buffer.from('/'), entry])
    if (file.length <= longestPath) await removeAny(file, false, lifted)
    else await removeDeep(file, lifted)
  }
  if (!contentOnly) await removeOne(name, () => rmdir(name))
}

/** Of a folder that may not be written to nothing can be removed, until it may. */
async function removeOne(name: Buffer, remove: () => Promise<void>): Promise<void> {
  await remove().catch(async (error: NodeJS.ErrnoException) => {
    if (!isDenied(error)) throw error
    await chmod(name.subarray(0, name.lastIndexOf(0x2f)), 0o700)
    await remove()
  })
}

const isDenied = (error: NodeJS.ErrnoException): boolean => error.code === 'EACCES' || error.code === 'EPERM'

/** Removes a folder of ours with all that is in it, whatever permissions a builder or a tool (Go's module cache, say) has taken away. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(async (error: NodeJS.ErrnoException) => {
    if (!isDenied(error)) throw error
    await removeAny(Buffer.from(folder))
  })
}

/** Beside what is removed, under a name of ours. */
const liftedFrom = (target: Buffer): Buffer => Buffer.concat([target.subarray(0, target.lastIndexOf(0x2f, -2) + 1), Buffer.from('.autopack-removed')])

async function removeDeep(file: Buffer, lifted: Buffer): Promise<void> {
  const next = Buffer.concat([lifted, Buffer.from('+')])
  await removeAny(lifted, false, next)
  if ((await lstat(file)).isDirectory()) await chmod(file, 0o700).catch(() => undefined)
  await rename(file, lifted)
  await removeAny(lifted, false, next)
}
