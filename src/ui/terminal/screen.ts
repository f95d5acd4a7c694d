import { FitAddon } from '@xterm/addon-fit'
import { type ITheme, Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { readColors } from '#ui/theme/palette.ts'

export type ScreenOptions = {
  readonly at: HTMLElement
  readonly onInput: (text: string) => void
  readonly onSize: (columns: number, rows: number) => void
  readonly onFocus: () => void
}

/** A terminal's screen: shows bytes, sends keys, tells its size. The shell is in the worker. */
export class Screen {
  readonly #terminal: Terminal
  readonly #fit = new FitAddon()
  readonly #observer: ResizeObserver
  readonly #at: HTMLElement

  constructor({ at, onInput, onSize, onFocus }: ScreenOptions) {
    this.#at = at
    this.#terminal = new Terminal({
      fontFamily: `'IBM Plex Mono', ui-monospace, Menlo, Consolas, monospace`,
      fontSize: 13,
      lineHeight: 1.06,
      fontWeightBold: 600,
      drawBoldTextInBrightColors: false,
      cursorBlink: false,
      cursorInactiveStyle: 'outline',
      scrollback: 10_000,
      // The width of the scroll bar goes by this name.
      overviewRuler: { width: 8 },
      theme: readTheme(at),
      minimumContrastRatio: 4.5,
      rightClickSelectsWord: true,
      macOptionIsMeta: true,
    })
    this.#terminal.loadAddon(this.#fit)
    this.#terminal.open(at)
    this.#terminal.onData(onInput)
    this.#terminal.onResize(({ cols, rows }) => onSize(cols, rows))
    this.#terminal.attachCustomKeyEventHandler((event) => this.#takesKey(event))
    // A screen shows no cursor before its first focus; one that was never focused has a prompt too.
    for (const type of ['focus', 'blur'])
      this.#terminal.textarea?.dispatchEvent(new FocusEvent(type))
    this.#terminal.textarea?.addEventListener('focus', onFocus)
    this.#observer = new ResizeObserver(() => this.#fitToPlace())
    this.#observer.observe(at)
    this.#fitToPlace()
    // Resizing to the size it began with tells nobody; the shell must know it all the same.
    onSize(this.#terminal.cols, this.#terminal.rows)
  }

  write(text: string): void {
    this.#terminal.write(text)
  }

  /** This and no more, to be gone on with. */
  show(text: string): void {
    this.#terminal.reset()
    this.#terminal.options.disableStdin = false
    this.#terminal.write(text)
  }

  /** This, a rule that says until when it is, and no cursor: nothing can be typed. */
  showUpTo(text: string, until: string): void {
    this.#terminal.reset()
    this.#terminal.options.disableStdin = true
    const rule = `╌╌ ${until} `.padEnd(this.#terminal.cols - 1, '╌')
    const newLine = text === '' || text.endsWith('\n') ? '' : '\r\n'
    this.#terminal.write(`${text}\u001B[0m${newLine}\u001B[2m${rule}\u001B[0m\u001B[?25l`)
  }

  focus(): void {
    this.#terminal.focus()
  }

  refreshTheme(): void {
    this.#terminal.options.theme = readTheme(this.#at)
  }

  /** What is selected, or else all there is, without the empty lines below it. */
  text(): string {
    const selected = this.#terminal.getSelection()
    if (selected !== '') return selected
    const buffer = this.#terminal.buffer.active
    const lines: string[] = []
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row)
      const text = line?.translateToString(true) ?? ''
      if (line?.isWrapped === true) lines[lines.length - 1] += text
      else lines.push(text)
    }
    return `${lines.join('\n').trimEnd()}\n`
  }

  dispose(): void {
    this.#observer.disconnect()
    this.#terminal.dispose()
  }

  #fitToPlace(): void {
    if (this.#at.clientWidth > 0 && this.#at.clientHeight > 0) this.#fit.fit()
  }

  /** Keys the page needs go on to it; Ctrl+C copies while something is selected. */
  #takesKey(event: KeyboardEvent): boolean {
    if (event.altKey && (event.code === 'Digit1' || event.code === 'Digit2')) return false
    if (event.ctrlKey && event.shiftKey && event.key === 'F6') return false
    const isCopy = event.ctrlKey && event.key === 'c' && this.#terminal.hasSelection()
    if (isCopy && event.type === 'keydown') {
      void navigator.clipboard.writeText(this.#terminal.getSelection())
      this.#terminal.clearSelection()
      event.preventDefault()
    }
    return !isCopy
  }
}

function readTheme(at: HTMLElement): ITheme {
  const colors = readColors(
    [
      'term-bg',
      'term-ink',
      'term-dim',
      't-red',
      't-green',
      't-yellow',
      't-blue',
      't-magenta',
      't-cyan',
      'bg-3',
      'rule-strong',
    ],
    at,
  )
  return {
    background: colors['term-bg'],
    foreground: colors['term-ink'],
    cursor: colors['term-ink'],
    cursorAccent: colors['term-bg'],
    selectionBackground: colors['bg-3'],
    overviewRulerBorder: colors['term-bg'],
    scrollbarSliderBackground: colors['rule-strong'],
    scrollbarSliderHoverBackground: colors['term-dim'],
    scrollbarSliderActiveBackground: colors['term-dim'],
    black: colors['term-bg'],
    brightBlack: colors['term-dim'],
    white: colors['term-ink'],
    brightWhite: colors['term-ink'],
    red: colors['t-red'],
    brightRed: colors['t-red'],
    green: colors['t-green'],
    brightGreen: colors['t-green'],
    yellow: colors['t-yellow'],
    brightYellow: colors['t-yellow'],
    blue: colors['t-blue'],
    brightBlue: colors['t-blue'],
    magenta: colors['t-magenta'],
    brightMagenta: colors['t-magenta'],
    cyan: colors['t-cyan'],
    brightCyan: colors['t-cyan'],
  }
}
