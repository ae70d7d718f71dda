import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'authn-config-anonymous-broad',
  title: 'AuthenticationConfiguration accepts too much or does not load',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    anonymous: 'anonymous requests are accepted on every path: anonymous.conditions names none',
    path: 'anonymous requests are accepted on "{path}"',
    glob: 'condition path "{path}" matches no request: paths are compared as they are',
    username: 'usernames of {issuer} are taken without a prefix: claim "{claim}" may name any user of the cluster',
    groups: 'groups of {issuer} are taken without a prefix: a group system:masters there is cluster-admin here',
    tenants: '{issuer} signs tokens for everyone, and no claimValidationRules say whose are meant',
    invalid: '{fact}, so kube-apiserver does not start',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const issuer = `"${view.value('oidc-issuer-url') ?? ''}"`;
      const claim = view.value('oidc-username-claim') ?? 'sub';
      const username = view.flag('oidc-username-prefix');
      if (username?.value === '-' && claim !== 'email') {
        const { node, ...place } = username.place;
        context.report(node, 'username', { ...place, data: { issuer, claim }, severity: 'high' });
      }
      const groups = view.flag('oidc-groups-claim');
      if (groups === undefined || groups.value === '' || view.sets('oidc-groups-prefix') || !view.complete) continue;
      const { node, ...place } = groups.place;
      context.report(node, 'groups', { ...place, data: { issuer }, severity: 'high' });
    }
    for (const { root } of project.ofKind('AuthenticationConfiguration.apiserver.config.k8s.io')) {
      const invalid = (node: AnyNode, fact: string): void =>
        context.report(node, 'invalid', { data: { fact }, severity: 'high' });
      const anonymous: AnyNode = root.at(['anonymous']);
      const enabled = anonymous.get('enabled').boolean;
      const conditions = anonymous.get('conditions').items() as readonly AnyNode[];
      if (enabled !== true && conditions.length > 0) {
        invalid(anonymous.get('conditions'), 'anonymous.conditions are given, and anonymous is not enabled');
      } else if (enabled === true && conditions.length === 0) {
        context.report(anonymous.get('enabled'), 'anonymous');
      }
      for (const condition of conditions) {
        const node: AnyNode = condition.get('path');
        const path = node.string;
        if (path === undefined || isUnresolved(path) || HARMLESS.test(path)) continue;
        context.report(node, path.includes('*') ? 'glob' : 'path', { data: { path } });
      }
      const list: AnyNode = root.at(['jwt']);
      const jwts = list.items() as readonly AnyNode[];
      if (jwts.length > 64) invalid(list, `jwt has ${jwts.length} entries where 64 are allowed`);
      const issuers = new Set<string>();
      for (const jwt of jwts) {
        const url: AnyNode = jwt.at(['issuer', 'url']);
        const issuer = url.string ?? '';
        if (issuer === '') invalid(url, 'issuer.url is missing');
        else if (isUnresolved(issuer)) continue;
        else if (!issuer.startsWith('https://')) invalid(url, `issuer.url "${issuer}" is no https URL`);
        else if (issuers.has(issuer)) invalid(url, `two entries of jwt have the issuer "${issuer}"`);
        issuers.add(issuer);
        const audiences: AnyNode = jwt.at(['issuer', 'audiences']);
        if (audiences.items().length === 0) invalid(audiences, 'issuer.audiences names no audience');
        const rules: AnyNode = jwt.get('claimValidationRules');
        if (rules.items().length === 0 && MULTI_TENANT.test(issuer)) {
          context.report(url, 'tenants', { data: { issuer: `"${issuer}"` }, severity: 'high' });
        }
        for (const key of ['username', 'groups'] as const) {
          const mapping: AnyNode = jwt.at(['claimMappings', key]);
          const claim = mapping.get('claim').string ?? '';
          const expression = mapping.get('expression').string ?? '';
          const prefix: AnyNode = mapping.get('prefix');
          if (claim === '' && expression === '' && key === 'username') {
            invalid(mapping, 'claimMappings.username has neither claim nor expression');
          } else if (claim !== '' && expression !== '') {
            invalid(mapping, `claimMappings.${key} has both claim and expression`);
          } else if (claim !== '' && !prefix.present) {
            invalid(mapping.get('claim'), `claimMappings.${key} has a claim and no prefix`);
          } else if (claim !== '' && prefix.string === '') {
            const data = { issuer: `"${issuer}"`, claim };
            if (key === 'groups') context.report(prefix, 'groups', { data, severity: 'high' });
            // An address cannot be taken for a user of the system, whose names hold no @.
            else if (claim !== 'email') context.report(prefix, 'username', { data, severity: 'high' });
          }
        }
      }
    }
  },
  docs: {
    why: 'This file says who a request is from. Anonymous access without conditions is open on every path, and names or groups taken from an identity provider without a prefix can be those of the system: a group called `system:masters` there is cluster administrator here.',
    fix: 'Name the paths (`conditions: [{path: /livez}, {path: /readyz}, {path: /healthz}]`), give every claim a prefix (`groups: {claim: groups, prefix: "oidc:"}`), and limit shared issuers by `claimValidationRules`.',
    frameworks: { cis: ['3.1.1'], nsa: ['A1'], mitre: ['T1078'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration',
    ],
    limits: 'CEL expressions are not evaluated.',
    examples: {
      bad: [
        {
          title: 'anonymous on every path',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true # finding: anonymous`,
        },
        {
          title: 'a wide path and one that matches nothing',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions:
    - path: /metrics # finding: path
    - path: /healthz* # finding: glob`,
        },
        {
          title: 'an identity provider that may name anyone',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
  - issuer:
      url: https://accounts.google.com # finding: tenants
      audiences: [kubernetes]
    claimMappings:
      username:
        claim: sub
        prefix: "" # finding: username
      groups:
        claim: groups
        prefix: "" # finding: groups`,
        },
        {
          title: 'the same by flags',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--oidc-issuer-url=https://issuer.example.com',
            '--oidc-client-id=kubernetes',
            '--oidc-username-prefix=- # finding: username',
            '--oidc-groups-claim=groups # finding: groups',
          ]),
        },
        {
          title: 'a file that does not load',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: false
  conditions: # finding: invalid
    - path: /livez
jwt:
  - issuer:
      url: http://issuer.example.com # finding: invalid
      audiences: [] # finding: invalid
    claimMappings:
      username:
        claim: sub # finding: invalid`,
        },
      ],
      good: [
        {
          title: 'health checks, and prefixed names',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  conditions:
    - path: /livez
    - path: /readyz
    - path: /healthz
jwt:
  - issuer:
      url: https://issuer.example.com
      audiences: [kubernetes]
    claimMappings:
      username:
        claim: sub
        prefix: "oidc:"
      groups:
        claim: groups
        prefix: "oidc:"`,
        },
      ],
    },
  },
});

const HARMLESS =
  /^(?:\/(?:livez|readyz|healthz)(?:\/[^*]*)?|\/version|\/\.well-known\/openid-configuration|\/openid\/v1\/jwks|\/api\/v1\/namespaces\/kube-public\/configmaps\/cluster-info)$/;

const MULTI_TENANT =
  /^https:\/\/(?:accounts\.google\.com|token\.actions\.githubusercontent\.com|login\.microsoftonline\.com\/(?:common|organizations)\b.*|gitlab\.com)\/?$/;
