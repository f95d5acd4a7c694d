export class AwkError extends Error {
  override readonly name = 'AwkError'
}

export type Expr =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'regex'; readonly source: string }
  | Lvalue
  | { readonly type: 'unary'; readonly operator: string; readonly operand: Expr }
  | {
      readonly type: 'step'
      readonly by: number
      readonly isPrefix: boolean
      readonly target: Lvalue
    }
  | {
      readonly type: 'binary'
      readonly operator: string
      readonly left: Expr
      readonly right: Expr
    }
  | {
      readonly type: 'assign'
      readonly operator: string
      readonly target: Lvalue
      readonly value: Expr
    }
  | { readonly type: 'choice'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  | { readonly type: 'in'; readonly keys: readonly Expr[]; readonly array: string }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expr[] }
  | {
      readonly type: 'getline'
      readonly target: Lvalue | undefined
      readonly file: Expr | undefined
      readonly command: Expr | undefined
    }
  | { readonly type: 'group'; readonly items: readonly Expr[] }

export type Lvalue =
  | { readonly type: 'variable'; readonly name: string }
  | { readonly type: 'element'; readonly name: string; readonly keys: readonly Expr[] }
  | { readonly type: 'field'; readonly index: Expr }

export type Statement =
  | { readonly type: 'block'; readonly body: readonly Statement[] }
  | { readonly type: 'expression'; readonly value: Expr }
  | {
      readonly type: 'print'
      readonly isFormatted: boolean
      readonly args: readonly Expr[]
      readonly output: Output | undefined
    }
  | {
      readonly type: 'if'
      readonly test: Expr
      readonly yes: Statement
      readonly no: Statement | undefined
    }
  | {
      readonly type: 'while'
      readonly test: Expr
      readonly body: Statement
      readonly isAfter: boolean
    }
  | {
      readonly type: 'for'
      readonly start: Statement | undefined
      readonly test: Expr | undefined
      readonly step: Statement | undefined
      readonly body: Statement
    }
  | {
      readonly type: 'forIn'
      readonly variable: string
      readonly array: string
      readonly body: Statement
    }
  | { readonly type: 'delete'; readonly name: string; readonly keys: readonly Expr[] | undefined }
  | { readonly type: 'jump'; readonly kind: 'next' | 'nextfile' | 'break' | 'continue' }
  | { readonly type: 'exit'; readonly code: Expr | undefined }
  | { readonly type: 'return'; readonly value: Expr | undefined }

export type Output = { readonly kind: '>' | '>>' | '|'; readonly target: Expr }

export type Rule = {
  readonly pattern: 'BEGIN' | 'END' | Expr | undefined
  readonly until: Expr | undefined
  readonly body: Statement | undefined
}

export type AwkFunction = { readonly parameters: readonly string[]; readonly body: Statement }

export type AwkProgram = {
  readonly rules: readonly Rule[]
  readonly functions: ReadonlyMap<string, AwkFunction>
}
