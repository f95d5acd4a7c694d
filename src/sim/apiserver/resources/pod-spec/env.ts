import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required } from '#sim/apimachinery/field-errors.ts'
import { configKeyFaults, envNameFaults } from '#sim/apimachinery/names.ts'
import type { Draft } from '../../resource.ts'
import { ENV_FIELDS, validateFieldRef, validateResourceFieldRef } from './downward-api.ts'

const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef']

export function validateEnv(all: readonly Draft[], field: string, errors: FieldError[]): void {
  for (const [index, variable] of all.entries()) {
    const path = `${field}[${index}]`
    if (!variable.name) errors.push(required(`${path}.name`))
    else {
      for (const text of envNameFaults(variable.name)) {
        errors.push(invalid(`${path}.name`, variable.name, text))
      }
    }
    if (variable.valueFrom !== undefined) validateSource(variable, `${path}.valueFrom`, errors)
  }
}

function validateSource(variable: Draft, field: string, errors: FieldError[]): void {
  const source = variable.valueFrom
  const given = SOURCES.filter((one) => source[one] !== undefined)
  for (const one of given) validateOneSource(one, source[one], `${field}.${one}`, errors)
  if (given.length === 0) {
    errors.push(
      invalid(
        field,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    )
  } else if (variable.value) {
    errors.push(invalid(field, '', 'may not be specified when `value` is not empty'))
  } else if (given.length > 1) {
    errors.push(invalid(field, '', 'may not have more than one field specified at a time'))
  }
}

function validateOneSource(
  source: string,
  details: Draft,
  field: string,
  errors: FieldError[],
): void {
  if (source === 'fieldRef') validateFieldRef(details, ENV_FIELDS, field, errors)
  else if (source === 'resourceFieldRef') validateResourceFieldRef(details, false, field, errors)
  else if (source !== 'fileKeyRef') {
    if (!details.name) errors.push(required(`${field}.name`))
    if (!details.key) errors.push(required(`${field}.key`))
    else {
      for (const text of configKeyFaults(details.key)) {
        errors.push(invalid(`${field}.key`, details.key, text))
      }
    }
  }
}

export function validateEnvFrom(all: readonly Draft[], field: string, errors: FieldError[]): void {
  for (const [index, one] of all.entries()) {
    const path = `${field}[${index}]`
    if (one.prefix) {
      for (const text of envNameFaults(one.prefix)) {
        errors.push(invalid(`${path}.prefix`, one.prefix, text))
      }
    }
    const given = ['configMapRef', 'secretRef'].filter((member) => one[member] !== undefined)
    for (const member of given) {
      if (!one[member].name) errors.push(required(`${path}.${member}.name`))
    }
    if (given.length === 0) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'))
    } else if (given.length > 1) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'))
    }
  }
}
