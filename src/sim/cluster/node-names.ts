/** `node-a` to `node-z`, then `node-aa` and so on, as columns of a spreadsheet are named. */
export function nodeName(index: number): string {
  let letters = ''
  for (let left = index; left >= 0; left = Math.floor(left / 26) - 1) {
    letters = String.fromCharCode(97 + (left % 26)) + letters
  }
  return `node-${letters}`
}
