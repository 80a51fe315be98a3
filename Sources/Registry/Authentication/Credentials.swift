internal import FoundationEssentials

/// What a user shows a registry.
enum Credentials: Sendable, Hashable {
    case password(username: String, password: String)
    /// A refresh token (distribution's OAuth2 specification).
    case identityToken(String)

    /// The value of `Authorization` for the scheme Basic (RFC 7617); a token has none.
    var basic: String? {
        guard case .password(let username, let password) = self else { return nil }
        return "Basic \(Self.base64("\(username):\(password)"))"
    }

    static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// `auth` of an auth file: base64 of `username:password`.
    static func parse(auth: String) -> Credentials? {
        guard let data = Data(base64Encoded: auth) else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else { return nil }
        // Old versions of docker pad with zero bytes.
        let password = text[text.index(after: colon)...].filter { $0 != "\0" }
        return .password(username: String(text[..<colon]), password: String(password))
    }
}
