/** The files a kubectl sees: those of the process, or under Node those of the machine. */
export type Files = {
  /** Throws OsError. */
  readonly read: (path: string) => Uint8Array
  readonly write: (path: string, bytes: Uint8Array) => void
  readonly kind: (path: string) => 'file' | 'directory' | undefined
  /** Names in a directory, sorted. */
  readonly list: (path: string) => readonly string[]
  readonly makeDirectories: (path: string) => void
}
