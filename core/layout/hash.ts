/** SHA-256 in hexadecimal digits. `node:crypto` takes a third as long to load as an empty Node to start, and most names need no hash. */
export function sha256(data: string | Uint8Array): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(data).digest('hex')
}
