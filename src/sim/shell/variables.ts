export type Value =
  | { readonly type: 'scalar'; readonly text: string }
  | { readonly type: 'indexed'; readonly elements: Map<number, string> }
  | { readonly type: 'associative'; readonly elements: Map<string, string> }

export type Variable = {
  value: Value | undefined
  isExported: boolean
  isReadonly: boolean
  isInteger: boolean
  isReference: boolean
  letterCase: 'lower' | 'upper' | undefined
}

export class ReadonlyError extends Error {
  override readonly name = 'ReadonlyError'
}

/** A shell's variables: a stack of scopes, of which a function sees all, as bash has it. */
export class Variables {
  readonly #scopes: Map<string, Variable>[]

  constructor(scopes: Map<string, Variable>[] = [new Map()]) {
    this.#scopes = scopes
  }

  /** A copy for a subshell; nothing done to one is seen in the other. */
  clone(): Variables {
    return new Variables(
      this.#scopes.map((scope) => {
        const copy = new Map<string, Variable>()
        for (const [name, variable] of scope) copy.set(name, copyOf(variable))
        return copy
      }),
    )
  }

  pushScope(): void {
    this.#scopes.push(new Map())
  }

  popScope(): void {
    this.#scopes.pop()
  }

  get isInFunction(): boolean {
    return this.#scopes.length > 1
  }

  find(name: string): Variable | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const variable = this.#scopes[i]?.get(name)
      if (variable !== undefined) return this.#followReference(name, variable)
    }
    return undefined
  }

  /** The variable of that name, made in the outermost scope if there is none. */
  need(name: string): Variable {
    const known = this.find(name)
    if (known !== undefined) return known
    const made = newVariable()
    this.#scopes[0]?.set(name, made)
    return made
  }

  /** A fresh variable in the scope of the running function, which hides outer ones. */
  declareLocal(name: string): Variable {
    const scope = this.#scopes.at(-1)
    const known = scope?.get(name)
    if (known !== undefined) return known
    const made = newVariable()
    scope?.set(name, made)
    return made
  }

  /** The text of a scalar, or of element 0 of an array. */
  text(name: string): string | undefined {
    return textOf(this.find(name)?.value)
  }

  setText(name: string, text: string): void {
    assign(name, this.need(name), text)
  }

  setElement(name: string, key: string | number, text: string): void {
    const variable = this.need(name)
    if (variable.isReadonly) throw new ReadonlyError(`${name}: readonly variable`)
    const cased = inCase(variable, text)
    if (variable.value?.type === 'associative') {
      variable.value.elements.set(String(key), cased)
      return
    }
    const elements = indexedElements(variable)
    elements.set(Number(key), cased)
    variable.value = { type: 'indexed', elements }
  }

  setArray(name: string, values: Iterable<string>): void {
    const elements = new Map<number, string>()
    let index = 0
    for (const value of values) elements.set(index++, value)
    const variable = this.need(name)
    if (variable.isReadonly) throw new ReadonlyError(`${name}: readonly variable`)
    variable.value = { type: 'indexed', elements }
  }

  unset(name: string): void {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const variable = this.#scopes[i]?.get(name)
      if (variable === undefined) continue
      if (variable.isReadonly) throw new ReadonlyError(`${name}: cannot unset: readonly variable`)
      this.#scopes[i]?.delete(name)
      return
    }
  }

  /** Visible names with their variables, sorted. */
  entries(): readonly (readonly [string, Variable])[] {
    const visible = new Map<string, Variable>()
    for (const scope of this.#scopes) for (const [name, each] of scope) visible.set(name, each)
    return [...visible].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** What a child process gets. */
  exported(): Map<string, string> {
    const env = new Map<string, string>()
    for (const [name, variable] of this.entries()) {
      if (variable.isExported && variable.value?.type === 'scalar') {
        env.set(name, variable.value.text)
      }
    }
    return env
  }

  #followReference(name: string, variable: Variable): Variable {
    const target = variable.isReference ? textOf(variable.value) : undefined
    return target === undefined || target === '' || target === name ? variable : this.need(target)
  }
}

export function assign(name: string, variable: Variable, text: string): void {
  if (variable.isReadonly) throw new ReadonlyError(`${name}: readonly variable`)
  const cased = inCase(variable, text)
  if (variable.value?.type === 'indexed') variable.value.elements.set(0, cased)
  else if (variable.value?.type === 'associative') variable.value.elements.set('0', cased)
  else variable.value = { type: 'scalar', text: cased }
}

export function textOf(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined
  if (value.type === 'scalar') return value.text
  return value.type === 'indexed' ? value.elements.get(0) : value.elements.get('0')
}

/** The values of an array in order; of a scalar, itself. */
export function elementsOf(value: Value | undefined): readonly string[] {
  if (value === undefined) return []
  if (value.type === 'scalar') return [value.text]
  if (value.type === 'associative') return [...value.elements.values()]
  return sortedIndexes(value.elements).map((index) => value.elements.get(index) ?? '')
}

export function keysOf(value: Value | undefined): readonly string[] {
  if (value === undefined) return []
  if (value.type === 'scalar') return ['0']
  if (value.type === 'associative') return [...value.elements.keys()]
  return sortedIndexes(value.elements).map(String)
}

export function indexedElements(variable: Variable): Map<number, string> {
  const { value } = variable
  if (value?.type === 'indexed') return value.elements
  return new Map(value?.type === 'scalar' ? [[0, value.text]] : [])
}

export function sortedIndexes(elements: ReadonlyMap<number, string>): readonly number[] {
  return [...elements.keys()].sort((a, b) => a - b)
}

export function newVariable(): Variable {
  return {
    value: undefined,
    isExported: false,
    isReadonly: false,
    isInteger: false,
    isReference: false,
    letterCase: undefined,
  }
}

function copyOf(variable: Variable): Variable {
  return { ...variable, value: copyOfValue(variable.value) }
}

function copyOfValue(value: Value | undefined): Value | undefined {
  if (value?.type === 'indexed') return { type: 'indexed', elements: new Map(value.elements) }
  if (value?.type === 'associative') {
    return { type: 'associative', elements: new Map(value.elements) }
  }
  return value
}

function inCase(variable: Variable, text: string): string {
  if (variable.letterCase === 'lower') return text.toLowerCase()
  return variable.letterCase === 'upper' ? text.toUpperCase() : text
}
