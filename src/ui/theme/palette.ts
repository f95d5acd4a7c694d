/** Tokens as colours a canvas or a terminal can use; CSS resolves themes, they do not. */
export function readColors<Name extends string>(
  names: readonly Name[],
  at: HTMLElement,
): Readonly<Record<Name, string>> {
  const probe = document.createElement('span')
  probe.style.display = 'none'
  at.append(probe)
  const colors = names.map((name) => {
    probe.style.color = `var(--${name})`
    return [name, getComputedStyle(probe).color] as const
  })
  probe.remove()
  // One entry was made for each name.
  return Object.fromEntries(colors) as Record<Name, string>
}
