import { type RefObject, useEffect, useRef } from 'react'
import type { Marker } from '#state/manifest.ts'
import { useIsPast } from '#ui/app-context.ts'
import { readColors } from '#ui/theme/palette.ts'
import { useTheme } from '#ui/theme/use-theme.ts'
// oxlint-disable-next-line import/default -- Vite makes the default export of a ?worker
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import { editor, KeyCode, KeyMod, MarkerSeverity } from './monaco.ts'

export type MonacoOptions = {
  readonly text: string
  readonly markers: readonly Marker[]
  readonly onText: (text: string) => void
  readonly onSave: () => void
}

globalThis.MonacoEnvironment ??= { getWorker: () => new EditorWorker() }

/** The one place the editor is made, fed and thrown away. */
export function useMonaco(place: RefObject<HTMLElement | null>, options: MonacoOptions): void {
  /** What the editor told of and has not come back as the text yet. */
  const told = useRef(new Set<string>())
  const made = useRef<editor.IStandaloneCodeEditor | null>(null)
  const latest = useRef(options)
  useEffect(() => {
    latest.current = options
  })
  useEffect(() => {
    const at = place.current
    if (at === null) return
    defineTheme(at)
    const instance = createEditor(at, latest.current.text)
    instance.onDidChangeModelContent(() => {
      const typed = instance.getValue()
      told.current.add(typed)
      latest.current.onText(typed)
    })
    instance.addCommand(KeyMod.CtrlCmd | KeyCode.KeyS, () => latest.current.onSave())
    made.current = instance
    return () => {
      instance.getModel()?.dispose()
      instance.dispose()
      made.current = null
    }
  }, [place])
  const { text, markers } = options
  useEffect(() => {
    const instance = made.current
    // A text that comes back late is what was typed a moment ago: putting it in again would undo
    // the keys since, and send the cursor to the beginning.
    const isEcho = told.current.has(text)
    if (text === instance?.getValue()) told.current.clear()
    else if (!isEcho) instance?.setValue(text)
  }, [text])
  useEffect(() => showMarkers(made.current, markers), [markers])
  const theme = useTheme()
  const isPast = useIsPast()
  useEffect(() => {
    if (place.current !== null) defineTheme(place.current)
  }, [place, theme, isPast])
}

function createEditor(at: HTMLElement, text: string): editor.IStandaloneCodeEditor {
  return editor.create(at, {
    value: text,
    language: 'yaml',
    theme: 'ordinal',
    automaticLayout: true,
    ariaLabel: 'Manifest. Ctrl Shift F6 leaves the editor',
    fontFamily: `'IBM Plex Mono', ui-monospace, Menlo, Consolas, monospace`,
    fontSize: 12.5,
    fontLigatures: false,
    lineHeight: 19,
    lineNumbersMinChars: 3,
    lineDecorationsWidth: 12,
    minimap: { enabled: false },
    scrollBeyondLastLine: false,
    renderLineHighlight: 'none',
    overviewRulerLanes: 0,
    tabSize: 2,
    insertSpaces: true,
    padding: { top: 6, bottom: 12 },
    // What these would offer comes from other languages' services, not from the cluster.
    wordBasedSuggestions: 'off',
    quickSuggestions: false,
    links: false,
    occurrencesHighlight: 'off',
    unicodeHighlight: { ambiguousCharacters: false, invisibleCharacters: false },
    scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, useShadows: false },
    fixedOverflowWidgets: true,
  })
}

function showMarkers(
  instance: editor.IStandaloneCodeEditor | null,
  markers: readonly Marker[],
): void {
  const model = instance?.getModel()
  if (!model) return
  editor.setModelMarkers(
    model,
    'ordinal',
    markers.map(({ line, column, endLine, endColumn, message }) => ({
      startLineNumber: line,
      startColumn: column,
      endLineNumber: endLine,
      endColumn,
      message,
      severity: MarkerSeverity.Error,
    })),
  )
  const first = markers[0]
  if (first !== undefined) instance?.revealLineInCenterIfOutsideViewport(first.line)
}

const TOKENS = [
  'bg-1',
  'bg-3',
  'ink-1',
  'ink-3',
  'accent',
  'bad',
  't-blue',
  't-green',
  't-magenta',
] as const

function defineTheme(at: HTMLElement): void {
  const rgb = readColors(TOKENS, at)
  const color = (name: (typeof TOKENS)[number]) => hexOf(rgb[name])
  // The base themes colour YAML by its own tokens, which come before the general ones.
  const rule = (token: string, name: (typeof TOKENS)[number]) =>
    [token, `${token}.yaml`].map((one) => ({ token: one, foreground: color(name).slice(1) }))
  editor.defineTheme('ordinal', {
    base: isDark(rgb['bg-1']) ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [
      { token: '', foreground: color('ink-1').slice(1) },
      ...rule('type', 't-blue'),
      ...rule('string', 't-green'),
      ...rule('number', 't-magenta'),
      ...rule('keyword', 't-magenta'),
      ...rule('comment', 'ink-3'),
    ],
    colors: {
      'editor.background': color('bg-1'),
      'editor.foreground': color('ink-1'),
      'editorLineNumber.foreground': color('ink-3'),
      'editorLineNumber.activeForeground': color('ink-1'),
      'editorCursor.foreground': color('ink-1'),
      'editor.selectionBackground': color('bg-3'),
      'editorError.foreground': color('bad'),
      focusBorder: color('accent'),
    },
  })
  editor.setTheme('ordinal')
}

function channels(rgb: string): readonly number[] {
  return (rgb.match(/\d+(\.\d+)?/g) ?? []).slice(0, 3).map(Number)
}

function hexOf(rgb: string): string {
  return `#${channels(rgb)
    .map((value) => Math.round(value).toString(16).padStart(2, '0'))
    .join('')}`
}

function isDark(rgb: string): boolean {
  return channels(rgb).reduce((sum, value) => sum + value, 0) < 384
}
