export { podPhaseLetter, podStatusWord } from '#session/pod-phase.ts'
