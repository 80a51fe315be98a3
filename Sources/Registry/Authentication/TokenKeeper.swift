internal import EdgeProtocol
internal import JSON

/// A token of a registry's token service, until it ends.
struct Token: Sendable {
    var text: String
    var expires: ContinuousClock.Instant

    /// From the service's answer: `token` or `access_token`, `expires_in` in seconds, 60 where it is not given
    /// (distribution, token authentication specification).
    init(parsing bytes: [UInt8]) throws {
        guard let json = try? JSONValue(parsing: bytes), case .object(let object) = json else {
            throw RegistryError(.registry, "the token service answers with what is no JSON object")
        }
        guard case .string(let text) = object["token"] ?? object["access_token"] ?? .null, !text.isEmpty,
            text.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { throw RegistryError(.registry, "the token service answers without a token") }
        self.text = text
        let given: Int = (try? object["expires_in"]?.whole()) ?? 60
        // Given up a little before its end, for clocks and for the way.
        expires = .now + .seconds(max(min(given, 24 * 3600), 60) - 10)
    }
}

/// Tokens by registry, scope and user. One that several wait for is fetched once.
actor TokenKeeper {
    struct Key: Sendable, Hashable {
        var site: String
        var realm: String
        var scopes: [String]
        var credentials: Credentials?
    }

    private var tokens: [Key: Token] = [:]
    private var pending: [Key: Task<Token, any Error>] = [:]

    func token(for key: Key, fetch: @escaping @Sendable () async throws -> Token) async throws -> String {
        if let known = tokens[key], known.expires > .now { return known.text }
        if let task = pending[key] { return try await task.value.text }
        let task = Task { try await fetch() }
        pending[key] = task
        defer { pending[key] = nil }
        let token = try await task.value
        tokens[key] = token
        return token.text
    }

    /// Forgets a token that was not taken, if it is still the one that is kept.
    func forget(_ key: Key, _ text: String) {
        if tokens[key]?.text == text { tokens[key] = nil }
    }
}
