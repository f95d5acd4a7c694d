/** An absolute path without `.`, `..` and doubled slashes. Does not look at links. */
export function normalizePath(path: string, base = '/'): string {
  const parts: string[] = []
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return `/${parts.join('/')}`
}

export function joinPath(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`
}

/** The last component, as basename(1) sees it: `/a/b/` is `b`. */
export function baseName(path: string): string {
  const trimmed = trimSlashes(path)
  if (trimmed === '/') return '/'
  return trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

/** Everything before the last component, as dirname(1) sees it. */
export function directoryName(path: string): string {
  const trimmed = trimSlashes(path)
  const slash = trimmed.lastIndexOf('/')
  if (slash < 0) return '.'
  return trimSlashes(trimmed.slice(0, slash)) || '/'
}

function trimSlashes(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}
