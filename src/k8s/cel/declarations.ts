import { type Declaration, readDeclarations } from './types.ts';

/**
 * What the API server declares, of release 1.37: cel-go's standard library, its strings (version 2), lists (version 3),
 * sets, optionals, and the libraries of `k8s.io/apiserver/pkg/cel/library`. Operators are by their signs; those that take
 * everything (`==`, `in`, `&&`) stand here as well.
 */
export function celDeclarations(): ReadonlyMap<string, readonly Declaration[]> {
  return readDeclarations(DECLARATIONS + comparisons() + sorted());
}

function comparisons(): string {
  let text = '';
  const numbers = ['int', 'uint', 'double'];
  for (const sign of ['lt', 'le', 'gt', 'ge']) {
    for (const type of ['bool', 'string', 'bytes', 'google.protobuf.Timestamp', 'google.protobuf.Duration']) {
      text += `${sign}(${type}, ${type}) bool\n`;
    }
    for (const left of numbers) for (const right of numbers) text += `${sign}(${left}, ${right}) bool\n`;
  }
  return text;
}

function sorted(): string {
  let text = '';
  const [time, span] = ['google.protobuf.Timestamp', 'google.protobuf.Duration'];
  for (const type of ['int', 'uint', 'double', 'bool', span, time, 'string', 'bytes']) {
    text += `list<${type}> :: isSorted() bool\nlist<${type}> :: min() ${type}\nlist<${type}> :: max() ${type}\nlist<${type}> :: sort() list<${type}>\n`;
  }
  for (const type of ['int', 'uint', 'double', span]) text += `list<${type}> :: sum() ${type}\n`;
  return text;
}

const DECLARATIONS = `
equal(A, A) bool
in(A, list<A>) bool
in(A, map<A, B>) bool
index(list<A>, int) A
index(map<A, B>, A) B
index(optional_type<list<B>>, int) optional_type<B>
index(optional_type<map<A, B>>, A) optional_type<B>
optindex(list<A>, int) optional_type<A>
optindex(optional_type<list<B>>, int) optional_type<B>
optindex(map<A, B>, A) optional_type<B>
optindex(optional_type<map<A, B>>, A) optional_type<B>
conditional(bool, A, A) A
not(bool) bool
negative(int) int
negative(double) double
add(bytes, bytes) bytes
add(double, double) double
add(google.protobuf.Duration, google.protobuf.Duration) google.protobuf.Duration
add(google.protobuf.Duration, google.protobuf.Timestamp) google.protobuf.Timestamp
add(google.protobuf.Timestamp, google.protobuf.Duration) google.protobuf.Timestamp
add(int, int) int
add(list<A>, list<A>) list<A>
add(string, string) string
add(uint, uint) uint
subtract(double, double) double
subtract(google.protobuf.Duration, google.protobuf.Duration) google.protobuf.Duration
subtract(int, int) int
subtract(google.protobuf.Timestamp, google.protobuf.Duration) google.protobuf.Timestamp
subtract(google.protobuf.Timestamp, google.protobuf.Timestamp) google.protobuf.Duration
subtract(uint, uint) uint
multiply(double, double) double
multiply(int, int) int
multiply(uint, uint) uint
divide(double, double) double
divide(int, int) int
divide(uint, uint) uint
modulo(int, int) int
modulo(uint, uint) uint
size(bytes) int
size(list<A>) int
size(map<A, B>) int
size(string) int
bytes :: size() int
list<A> :: size() int
map<A, B> :: size() int
string :: size() int
type(A) type<A>
bool(bool) bool
bool(string) bool
bytes(bytes) bytes
bytes(string) bytes
double(double) double
double(int) double
double(string) double
double(uint) double
duration(google.protobuf.Duration) google.protobuf.Duration
duration(string) google.protobuf.Duration
dyn(A) dyn
int(int) int
int(double) int
int(google.protobuf.Duration) int
int(string) int
int(google.protobuf.Timestamp) int
int(uint) int
string(string) string
string(bool) string
string(bytes) string
string(double) string
string(google.protobuf.Duration) string
string(int) string
string(google.protobuf.Timestamp) string
string(uint) string
string(net.IP) string
string(net.CIDR) string
timestamp(google.protobuf.Timestamp) google.protobuf.Timestamp
timestamp(int) google.protobuf.Timestamp
timestamp(string) google.protobuf.Timestamp
uint(uint) uint
uint(double) uint
uint(int) uint
uint(string) uint
string :: contains(string) bool
string :: startsWith(string) bool
string :: endsWith(string) bool
string :: matches(string) bool
matches(string, string) bool
google.protobuf.Timestamp :: getFullYear() int
google.protobuf.Timestamp :: getFullYear(string) int
google.protobuf.Timestamp :: getMonth() int
google.protobuf.Timestamp :: getMonth(string) int
google.protobuf.Timestamp :: getDayOfYear() int
google.protobuf.Timestamp :: getDayOfYear(string) int
google.protobuf.Timestamp :: getDayOfMonth() int
google.protobuf.Timestamp :: getDayOfMonth(string) int
google.protobuf.Timestamp :: getDate() int
google.protobuf.Timestamp :: getDate(string) int
google.protobuf.Timestamp :: getDayOfWeek() int
google.protobuf.Timestamp :: getDayOfWeek(string) int
google.protobuf.Timestamp :: getHours() int
google.protobuf.Timestamp :: getHours(string) int
google.protobuf.Duration :: getHours() int
google.protobuf.Timestamp :: getMinutes() int
google.protobuf.Timestamp :: getMinutes(string) int
google.protobuf.Duration :: getMinutes() int
google.protobuf.Timestamp :: getSeconds() int
google.protobuf.Timestamp :: getSeconds(string) int
google.protobuf.Duration :: getSeconds() int
google.protobuf.Timestamp :: getMilliseconds() int
google.protobuf.Timestamp :: getMilliseconds(string) int
google.protobuf.Duration :: getMilliseconds() int
string :: charAt(int) string
string :: indexOf(string) int
string :: indexOf(string, int) int
string :: lastIndexOf(string) int
string :: lastIndexOf(string, int) int
string :: lowerAscii() string
string :: upperAscii() string
string :: replace(string, string) string
string :: replace(string, string, int) string
string :: split(string) list<string>
string :: split(string, int) list<string>
string :: substring(int) string
string :: substring(int, int) string
string :: trim() string
string :: format(list<dyn>) string
strings.quote(string) string
list<string> :: join() string
list<string> :: join(string) string
sets.contains(list<A>, list<A>) bool
sets.equivalent(list<A>, list<A>) bool
sets.intersects(list<A>, list<A>) bool
list<A> :: slice(int, int) list<A>
list<list<A>> :: flatten() list<A>
list<dyn> :: flatten(int) list<dyn>
lists.range(int) list<int>
list<A> :: reverse() list<A>
list<A> :: distinct() list<A>
list<A> :: indexOf(A) int
list<A> :: lastIndexOf(A) int
dyn :: includes(dyn) bool
optional.of(A) optional_type<A>
optional.ofNonZeroValue(A) optional_type<A>
optional.none() optional_type<A>
optional.unwrap(list<optional_type<A>>) list<A>
list<optional_type<A>> :: unwrapOpt() list<A>
optional_type<A> :: value() A
optional_type<A> :: hasValue() bool
optional_type<A> :: or(optional_type<A>) optional_type<A>
optional_type<A> :: orValue(A) A
list<A> :: first() optional_type<A>
list<A> :: last() optional_type<A>
string :: find(string) string
string :: findAll(string) list<string>
string :: findAll(string, int) list<string>
url(string) kubernetes.URL
isURL(string) bool
kubernetes.URL :: getScheme() string
kubernetes.URL :: getHost() string
kubernetes.URL :: getHostname() string
kubernetes.URL :: getPort() string
kubernetes.URL :: getEscapedPath() string
kubernetes.URL :: getQuery() map<string, list<string>>
quantity(string) kubernetes.Quantity
isQuantity(string) bool
sign(kubernetes.Quantity) int
kubernetes.Quantity :: isGreaterThan(kubernetes.Quantity) bool
kubernetes.Quantity :: isLessThan(kubernetes.Quantity) bool
kubernetes.Quantity :: compareTo(kubernetes.Quantity) int
kubernetes.Quantity :: asApproximateFloat() double
kubernetes.Quantity :: asInteger() int
kubernetes.Quantity :: isInteger() bool
kubernetes.Quantity :: add(kubernetes.Quantity) kubernetes.Quantity
kubernetes.Quantity :: add(int) kubernetes.Quantity
kubernetes.Quantity :: sub(kubernetes.Quantity) kubernetes.Quantity
kubernetes.Quantity :: sub(int) kubernetes.Quantity
ip(string) net.IP
isIP(string) bool
ip.isCanonical(string) bool
net.IP :: family() int
net.IP :: isUnspecified() bool
net.IP :: isLoopback() bool
net.IP :: isLinkLocalMulticast() bool
net.IP :: isLinkLocalUnicast() bool
net.IP :: isGlobalUnicast() bool
cidr(string) net.CIDR
isCIDR(string) bool
net.CIDR :: containsIP(string) bool
net.CIDR :: containsIP(net.IP) bool
net.CIDR :: containsCIDR(string) bool
net.CIDR :: containsCIDR(net.CIDR) bool
net.CIDR :: ip() net.IP
net.CIDR :: prefixLength() int
net.CIDR :: masked() net.CIDR
semver(string) kubernetes.Semver
semver(string, bool) kubernetes.Semver
isSemver(string) bool
isSemver(string, bool) bool
kubernetes.Semver :: isGreaterThan(kubernetes.Semver) bool
kubernetes.Semver :: isLessThan(kubernetes.Semver) bool
kubernetes.Semver :: compareTo(kubernetes.Semver) int
kubernetes.Semver :: major() int
kubernetes.Semver :: minor() int
kubernetes.Semver :: patch() int
kubernetes.NamedFormat :: validate(string) optional_type<list<string>>
format.named(string) optional_type<kubernetes.NamedFormat>
format.byte() kubernetes.NamedFormat
format.date() kubernetes.NamedFormat
format.datetime() kubernetes.NamedFormat
format.dns1035Label() kubernetes.NamedFormat
format.dns1035LabelPrefix() kubernetes.NamedFormat
format.dns1123Label() kubernetes.NamedFormat
format.dns1123LabelPrefix() kubernetes.NamedFormat
format.dns1123Subdomain() kubernetes.NamedFormat
format.dns1123SubdomainPrefix() kubernetes.NamedFormat
format.labelValue() kubernetes.NamedFormat
format.qualifiedName() kubernetes.NamedFormat
format.uri() kubernetes.NamedFormat
format.uuid() kubernetes.NamedFormat
kubernetes.authorization.Authorizer :: path(string) kubernetes.authorization.PathCheck
kubernetes.authorization.Authorizer :: group(string) kubernetes.authorization.GroupCheck
kubernetes.authorization.Authorizer :: serviceAccount(string, string) kubernetes.authorization.Authorizer
kubernetes.authorization.GroupCheck :: resource(string) kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck :: subresource(string) kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck :: namespace(string) kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck :: name(string) kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck :: fieldSelector(string) kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck :: labelSelector(string) kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck :: check(string) kubernetes.authorization.Decision
kubernetes.authorization.PathCheck :: check(string) kubernetes.authorization.Decision
kubernetes.authorization.Decision :: allowed() bool
kubernetes.authorization.Decision :: errored() bool
kubernetes.authorization.Decision :: error() string
kubernetes.authorization.Decision :: reason() string
`;
