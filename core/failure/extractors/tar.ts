import { lineExtractor } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

/** tar and the compressors below it. */
export const tar = lineExtractor('tar', [/^(?:\S{0,40}\/)?(?:bsd|g)?tar(?: \(child\))?: /m, /^(?:gzip|xz|bzip2|zstd|unzip): /m], [
  { pattern: /^(?:\S{0,40}\/)?\w?tar(?: \(child\))?: (.{1,500}?): Wrote only \d+ of \d+ bytes$/, cause: ([, file]) => ({ class: 'disk_full', file, title: `tar: ${file} cannot be written whole: the disk is full`, key: ['short write', file] }) },
  {
    pattern: /^(?:\S{0,40}\/)?\w?tar(?: \(child\))?: (.{1,500}?): ((?:Cannot|Could not|Can't) \w+(?: \w+)?): (.+)$/,
    cause: ([, file, action, message]) => ({ class: meaningOf(message!) ?? 'config_error', file, title: `tar: ${file}: ${action}: ${message}`, key: [file, action, message] }),
  },
  { pattern: /^(?:\S{0,40}\/)?\w?tar: (.{1,500}?): (Not found in archive|Member name contains.{0,40}|file changed as we read it|implausibly old time stamp.{0,60})$/, cause: ([, file, message]) => (/implausibly/.test(message!) ? undefined : { class: 'config_error', file, title: `tar: ${file}: ${message}`, key: [file, message] }) },
  { pattern: /^(?:\S{0,40}\/)?\w?tar: (This does not look like a tar archive|Unexpected EOF in archive|Damaged tar archive|Error opening archive: .{1,200}|Unrecognized archive format|Cowardly refusing .{1,100}|.{0,20}(?:invalid|unrecognized) option.{0,60})$/, cause: ([, message]) => ({ class: /option|refusing/.test(message!) ? 'config_error' : 'build_error', title: `tar: ${message}`, key: [message] }) },
  { pattern: /^(?:\S{0,40}\/)?(gzip|xz|bzip2|zstd): (stdin|\(stdin\)|\S{1,300}): (not in gzip format|unexpected end of file|File format not recognized|.{0,40}(?:corrupt|crc error|unsupported format).{0,60})$/i, cause: ([, program, file, message]) => ({ class: 'build_error', file: /stdin/.test(file!) ? undefined : file, title: `${program}: ${file}: ${message}`, key: [program, file, message] }) },
  { pattern: /^(?:\S{0,40}\/)?\w?tar(?: \(child\))?: (?:Error is not recoverable|Child (?:returned status|died with signal)|Exiting with failure status|Error exit delayed)/, cause: () => ({ class: 'build_error', title: 'tar fails', key: ['fails'], role: 'effect' }) },
])
