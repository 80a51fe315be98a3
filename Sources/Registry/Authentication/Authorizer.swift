internal import AsyncHTTPClient
internal import EdgeProtocol
internal import FoundationEssentials
internal import NIOHTTP1
internal import Synchronization

/// What a request is about, as a token's scope has it: `repository:library/alpine:pull`.
struct Scope: Sendable, Hashable {
    var repository: String
    var actions: String
    var text: String { "repository:\(repository):\(actions)" }
}

/// Answers registries that ask who is there (distribution, token authentication; RFC 7617).
final class Authorizer: Sendable {
    private static let bearer = "Bearer "
    private let http: HTTPStack
    private let credentials: CredentialStore
    private let tokens = TokenKeeper()
    /// What each registry asked for last.
    private let challenges = Mutex<[String: Challenge]>([:])

    init(http: HTTPStack, credentials: CredentialStore) {
        self.http = http
        self.credentials = credentials
    }

    /// The `Authorization` to send at once: nil while the registry has not asked.
    func known(_ site: Site, scopes: [Scope]) async throws -> String? {
        guard let challenge = challenges.withLock({ $0[site.name] }) else { return nil }
        return try await answer(challenge, site, scopes: scopes)
    }

    /// The `Authorization` that a refusal asks for.
    ///
    /// - Parameters:
    ///   - refused: what was shown and not taken; a token of that text is not shown again.
    ///   - given: credentials to try in place of those that are kept.
    /// - Throws: where nothing can be shown: no credentials, or a scheme nobody knows.
    func respond(
        to headers: HTTPHeaders, of site: Site, scopes: [Scope], refused: String? = nil, with given: Credentials? = nil
    ) async throws -> String {
        let all = Challenge.parse(headers["WWW-Authenticate"])
        guard let challenge = all.first(where: { $0.scheme == "bearer" }) ?? all.first(where: { $0.scheme == "basic" }) else {
            throw RegistryError(.unauthorized, "\(site) wants credentials, but of no kind that is known here")
        }
        challenges.withLock { $0[site.name] = challenge }
        guard let answer = try await answer(challenge, site, scopes: scopes, refused: refused, with: given) else {
            throw RegistryError(.unauthorized, "\(site) wants credentials and there are none; hako login \(site)")
        }
        return answer
    }

    private func answer(
        _ challenge: Challenge, _ site: Site, scopes: [Scope], refused: String? = nil, with given: Credentials? = nil
    ) async throws -> String? {
        var shown = given
        if shown == nil { shown = try await credentials.find(site, repository: scopes.first?.repository) }
        guard challenge.scheme == "bearer" else { return shown?.basic }
        guard let text = challenge.parameters["realm"], let realm = URL(string: text), let host = realm.host else {
            throw RegistryError(.registry, "\(site) names no token service")
        }
        guard
            realm.scheme == "https"
                || realm.scheme == "http" && (site.isInsecure || site.isLoopback && Site.isLoopback(host: host))
        else {
            throw RegistryError(.tls, "\(site) sends credentials to \(realm.hostAndPort), which is not reached by HTTPS: refused")
        }
        var wanted = Set(scopes.map(\.text))
        if scopes.isEmpty, let asked = challenge.parameters["scope"] {
            wanted.formUnion(asked.split(separator: " ").map(String.init))
        }
        let key = TokenKeeper.Key(site: site.name, realm: text, scopes: wanted.sorted(), credentials: shown)
        let service = challenge.parameters["service"]
        if let refused { await tokens.forget(key, String(refused.dropFirst(Self.bearer.count))) }
        return Self.bearer + (try await tokens.token(for: key) { try await self.fetch(realm, service, key, site) })
    }

    /// Asks the token service: GET with the password, POST with an identity token.
    private func fetch(_ realm: URL, _ service: String?, _ key: TokenKeeper.Key, _ site: Site) async throws -> Token {
        var call = HTTPCall(url: realm)
        call.isInsecure = site.isInsecure
        var items = service.map { [URLQueryItem(name: "service", value: $0)] } ?? []
        if case .identityToken(let token) = key.credentials {
            items += [
                URLQueryItem(name: "grant_type", value: "refresh_token"), URLQueryItem(name: "refresh_token", value: token),
                URLQueryItem(name: "client_id", value: "hako"),
                URLQueryItem(name: "scope", value: key.scopes.joined(separator: " ")),
            ]
            call.method = .POST
            call.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            call.body = .bytes(Array(Query.text(items).utf8))
            call.followsRedirects = false
        } else {
            items += key.scopes.map { URLQueryItem(name: "scope", value: $0) }
            if case .password(let username, _) = key.credentials { items.append(URLQueryItem(name: "account", value: username)) }
            if let basic = key.credentials?.basic { call.headers.add(name: "Authorization", value: basic) }
            call.url = Query.adding(items, to: realm)
        }
        let request = call
        let reply = try await Retry.run { try Answer.good(try await self.http.send(request), of: site, "get a token") }
        return try Token(parsing: reply.bytes)
    }
}

/// The part of a URL behind the question mark.
enum Query {
    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

    static func text(_ items: [URLQueryItem]) -> String {
        items.map { "\(escaped($0.name))=\(escaped($0.value ?? ""))" }.joined(separator: "&")
    }

    static func escaped(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            if plain.contains(byte) {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += byte < 16 ? "%0" : "%"
                out += String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }

    static func adding(_ items: [URLQueryItem], to url: URL) -> URL {
        guard !items.isEmpty else { return url }
        let base = url.absoluteString
        let joint = url.query == nil ? "?" : "&"
        return URL(string: base + joint + text(items)) ?? url
    }
}
