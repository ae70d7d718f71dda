/** Both names under which the server decodes the file: the second is the old one. */
export const ENCRYPTION_KINDS = ['EncryptionConfiguration.apiserver.config.k8s.io', 'EncryptionConfig'] as const;
