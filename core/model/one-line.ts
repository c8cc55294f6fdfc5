import { stripVTControlCharacters } from 'node:util'

/**
 * One bounded line of what a tool printed or a builder named. Whatever could begin another line, hide text or turn its direction is taken out: line and
 * paragraph separators, control and format characters. What is left is data, to be put between quotes.
 */
export function oneLine(text: string, longest: number): string {
  const plain = stripVTControlCharacters(text.slice(0, longest * 8)).replace(/[\s\p{Zl}\p{Zp}\p{Cc}]+/gu, ' ').replace(/[\p{Cf}\p{Cs}\p{Co}]/gu, '').trim()
  const characters = [...plain]
  return characters.length <= longest ? plain : `${characters.slice(0, longest - 1).join('')}…`
}
