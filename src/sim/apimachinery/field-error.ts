/** One complaint of validation, as field.Error words it. */
export type FieldError = {
  readonly type:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'InternalError'
  /** `spec.containers[0].name` */
  readonly field: string
  /** The text behind the field, complete: `Required value`, `Invalid value: -1: must be …`. */
  readonly message: string
}
