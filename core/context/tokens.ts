/**
 * An estimate of how many tokens a model would read: a quarter of the characters of ASCII, and one for each other character. No tokenizer: each model has
 * its own. English prose comes out near what they count, code and numbers somewhat below it, Chinese at or above it.
 * Two texts together are never estimated above the sum of both.
 */
export function estimateTokens(text: string): number {
  let plain = 0
  let others = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x80) plain++
    // The second half of a pair is no character of its own.
    else if (code < 0xdc00 || code > 0xdfff || at === 0 || (text.charCodeAt(at - 1) & 0xfc00) !== 0xd800) others++
  }
  return Math.ceil(plain / 4) + others
}
