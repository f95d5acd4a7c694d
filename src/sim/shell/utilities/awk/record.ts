import { AwkError } from './syntax.ts'

export type Separators = {
  /** By FS as it is now. */
  readonly split: (text: string) => string[]
  /** OFS as it is now. */
  readonly joiner: () => string
}

/** `$0` and its fields: split when first asked for, and put together when one is changed. */
export class AwkRecord {
  readonly #separators: Separators
  #text = ''
  #fields: string[] | undefined

  constructor(separators: Separators) {
    this.#separators = separators
  }

  get text(): string {
    return this.#text
  }

  set text(text: string) {
    this.#text = text
    this.#fields = undefined
  }

  /** NF. */
  get count(): number {
    return this.#split().length
  }

  set count(count: number) {
    const fields = this.#split()
    while (fields.length < count) fields.push('')
    fields.length = count
    this.#rebuild()
  }

  field(index: number): string {
    const at = Math.trunc(index)
    if (at < 0) throw new AwkError(`attempt to access field ${at}`)
    return at === 0 ? this.#text : (this.#split()[at - 1] ?? '')
  }

  setField(index: number, text: string): void {
    if (index === 0) {
      this.text = text
      return
    }
    const fields = this.#split()
    while (fields.length < index) fields.push('')
    fields[index - 1] = text
    this.#rebuild()
  }

  #split(): string[] {
    return (this.#fields ??= this.#separators.split(this.#text))
  }

  #rebuild(): void {
    this.#text = this.#split().join(this.#separators.joiner())
  }
}
