import { lineExtractor } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

const errors = String.raw`No such file or directory|Permission denied|Operation not permitted|Read-only file system|No space left on device|Disk quota exceeded|File exists|Is a directory|Not a directory|Directory not empty|Device or resource busy|Text file busy|File name too long|Too many open files|Too many levels of symbolic links|Invalid cross-device link|Input/output error|Cannot allocate memory|Broken pipe|Stale file handle|Argument list too long|Invalid argument`
const programs = String.raw`cp|mv|rm|rmdir|mkdir|ln|touch|cat|ls|dd|tee|head|tail|sort|split|install|chmod|chown|chgrp|stat|mktemp|df|du|wc|cut|tr|uniq|find|grep|egrep|fgrep|sed|awk|gawk|mawk|xargs|rsync|mount|umount|readlink|realpath|basename|truncate|shred|sha\d+sum|md5sum|base64|comm|paste|nl|od|diff|cmp|gzip|gunzip|bzip2|xz|zstd|unzip|zip|id|env|nice|nohup|timeout|tsort|sync|ssh-keygen|sudo|su|test|\[|printf|echo`

/** Names that are made anew each time: `cache-69ce`. Only of what was to be made; a file that must be there has a name that matters. */
const stable = (action: string, path: string) => (/creat|mak|touch|open|writ/.test(action) ? path.replace(/([-_.])(?=[0-9a-f]*\d)[0-9a-f]{4,}(?=$|\.)/g, '$1{id}') : path)

function fault(program: string, action: string, path: string, message: string) {
  const failureClass = meaningOf(message) ?? 'config_error'
  const about = [action, path].filter((part) => part !== '').join(' ')
  return {
    class: failureClass, file: path === '' ? undefined : path, title: `${program}: ${about === '' ? '' : `${about}: `}${message}`,
    key: [program, action, stable(action, path), message],
    // A script may go on after it; a full disk spoils all that follows.
    ...(failureClass === 'disk_full' ? {} : { confidence: 'medium' as const }),
  }
}

/** Coreutils and their like: `cp: cannot stat 'dist/app.js': No such file or directory`. */
export const coreutils = lineExtractor('coreutils', [
  new RegExp(String.raw`^(?:.{0,60}\s)?(?:${programs}): .{0,400}?(?:${errors}|unrecognized option|invalid option|missing operand|extra operand)`, 'm'),
], [
  { pattern: new RegExp(String.raw`^(?:\S{0,40}/)?(${programs}): ((?:cannot|can't|failed to|error|unable to)[^':/]{0,60}?) ?'([^']{0,500})'(?: .{0,200})?: (${errors})`), cause: ([, program, action, path, message]) => fault(program!, action!.trim(), path!, message!) },
  { pattern: new RegExp(String.raw`^(?:\S{0,40}/)?(${programs}): ((?:cannot|can't|failed to|error|unable to)(?: \w+){1,3}) ([^\s:']{1,500}): (${errors})`), cause: ([, program, action, path, message]) => fault(program!, action!, path!, message!) },
  { pattern: new RegExp(String.raw`^(?:\S{0,40}/)?(${programs}): (write error|read error|standard output|-)(?:: (${errors}))`), cause: ([, program, action, message]) => fault(program!, action!, '', message!) },
  { pattern: new RegExp(String.raw`^(?:\S{0,40}/)?(${programs}): '?([^':]{1,500}?)'?: (${errors})`), cause: ([, program, path, message]) => fault(program!, '', path!, message!) },
  {
    pattern: new RegExp(String.raw`^(?:\S{0,40}/)?(${programs}): ((?:unrecognized|invalid) option.{0,100}|missing .{0,30}operand.{0,100}|extra operand.{0,100})$`),
    cause: ([, program, message]) => ({ class: 'config_error', title: `${program}: ${message}`, key: [program, message], confidence: 'medium' }),
  },
])
