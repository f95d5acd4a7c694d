/**
 * The certificate of the cluster's authority, as Pods find it beside their token. Nothing in the
 * simulated world is signed with it: its key was thrown away when it was made.
 */
export const ROOT_CA_CERTIFICATE = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBWzCCAQGgAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l',
  'dGVzMB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowFTETMBEGA1UEAwwK',
  'a3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBcEYbjP+8nhCfng',
  'LKs0BB/hMYzpnyhQ1jBsMbAJ7y4hlbmesfg/4fqSzXoI/KUljEjJjO4TiZHAVCqb',
  '+pcwfYSjQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgKEMB0GA1Ud',
  'DgQWBBQlHlIrKc17N4JsjxSic5flyW48MDAKBggqhkjOPQQDAgNIADBFAiBlgA0w',
  'gQrIwhaUU2DkZtNegHK+N6srqODhV7vucadygwIhANF8P1gAiuGxWH8s0V54PU4t',
  'vtaDkAnMiiCyrmBQNU6n',
  '-----END CERTIFICATE-----',
  '',
].join('\n')
