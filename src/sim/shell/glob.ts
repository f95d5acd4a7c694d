import type { FileSystem } from '#sim/kernel/os/filesystem.ts'
import { joinPath } from '#sim/kernel/os/paths.ts'
import { hasPatternCharacters, patternToRegExp, unescapePattern } from './patterns.ts'

export type GlobOptions = {
  readonly fs: FileSystem
  readonly cwd: string
  readonly dotglob?: boolean
  readonly globstar?: boolean
  readonly nocaseglob?: boolean
}

/** The paths that match, sorted by bytes; none if nothing does. */
export function expandGlob(pattern: string, options: GlobOptions): readonly string[] {
  const isAbsolute = pattern.startsWith('/')
  const parts = pattern.split('/').filter((part) => part !== '')
  const mustBeDirectory = pattern.endsWith('/')
  let found = [isAbsolute ? '/' : '']
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    found = found.flatMap((prefix) => step(prefix, part, isLast, options))
  }
  if (mustBeDirectory) {
    found = found.filter((path) => isDirectory(path, options)).map((path) => `${path}/`)
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function step(prefix: string, part: string, isLast: boolean, options: GlobOptions): string[] {
  if (part === '**' && options.globstar === true) return descend(prefix, isLast, options)
  if (!hasPatternCharacters(part)) {
    const path = extend(prefix, unescapePattern(part))
    return existsHere(path, options) ? [path] : []
  }
  const pattern = patternToRegExp(part, options.nocaseglob === true ? 'i' : '')
  const showsHidden = options.dotglob === true || part.startsWith('.') || part.startsWith('\\.')
  return names(prefix, options)
    .filter((name) => (showsHidden || !name.startsWith('.')) && pattern.test(name))
    .map((name) => extend(prefix, name))
    .filter((path) => isLast || isDirectory(path, options))
}

function descend(prefix: string, isLast: boolean, options: GlobOptions): string[] {
  const below = names(prefix, options)
    .filter((name) => !name.startsWith('.'))
    .map((name) => extend(prefix, name))
    .flatMap((path) => {
      if (isDirectory(path, options)) return descend(path, isLast, options)
      return isLast ? [path] : []
    })
  return prefix === '' && isLast ? below : [prefix, ...below]
}

function names(prefix: string, options: GlobOptions): readonly string[] {
  const path = absolute(prefix === '' ? '.' : prefix, options)
  return options.fs.isDirectory(path) ? options.fs.readdir(path) : []
}

function extend(prefix: string, name: string): string {
  return prefix === '' ? name : joinPath(prefix, name)
}

function absolute(path: string, options: GlobOptions): string {
  return path.startsWith('/') ? path : joinPath(options.cwd, path)
}

function existsHere(path: string, options: GlobOptions): boolean {
  return options.fs.exists(absolute(path, options))
}

function isDirectory(path: string, options: GlobOptions): boolean {
  return options.fs.isDirectory(absolute(path, options))
}
