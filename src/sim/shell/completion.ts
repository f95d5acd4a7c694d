export type Complete = () => readonly string[]
