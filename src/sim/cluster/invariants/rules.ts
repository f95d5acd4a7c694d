/** What must hold over the whole cluster, whoever writes. */
export type Rule =
  | 'one live Pod an ordinal'
  | 'order of creation'
  | 'order of deletion'
  | 'Pod and claim belong together'
  | 'status agrees with what exists'
  | 'a retained claim is not deleted by a controller'
