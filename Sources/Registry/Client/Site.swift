internal import FoundationEssentials

/// A registry as something to connect to.
package struct Site: Sendable, Hashable, CustomStringConvertible {
    /// Host and port, as users name it: `docker.io`, `127.0.0.1:5000`.
    package let name: String
    /// Plain HTTP and unknown certificates are fine: the command line or registries.conf says so.
    package let isInsecure: Bool

    package init(_ name: String, isInsecure: Bool = false) {
        self.name = name
        self.isInsecure = isInsecure
    }

    /// Where docker.io's API is.
    var authority: String {
        switch name {
        case "docker.io", "index.docker.io": "registry-1.docker.io"
        default: name
        }
    }

    var isLoopback: Bool { Self.isLoopback(host: Self.split(name).host) }

    /// Plain HTTP may be spoken with it.
    var allowsPlain: Bool { isInsecure || isLoopback }

    package var description: String { name }

    /// `[::1]:5000` is `::1` and 5000.
    static func split(_ authority: String) -> (host: String, port: Int?) {
        if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
            let host = String(authority[authority.index(after: authority.startIndex)..<close])
            let rest = authority[authority.index(after: close)...]
            return (host, rest.hasPrefix(":") ? Int(rest.dropFirst()) : nil)
        }
        guard let colon = authority.lastIndex(of: ":") else { return (authority, nil) }
        return (String(authority[..<colon]), Int(authority[authority.index(after: colon)...]))
    }

    /// 127.0.0.0/8, ::1 and localhost (RFC 6761).
    static func isLoopback(host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension URL {
    /// Scheme, host and port: who a request goes to (RFC 6454).
    var origin: String {
        let scheme = (scheme ?? "").lowercased()
        return "\(scheme)://\((host ?? "").lowercased()):\(port ?? (scheme == "https" ? 443 : 80))"
    }

    /// `host:port`, the port only where it is given.
    var hostAndPort: String {
        let host = host ?? ""
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        return port.map { "\(name):\($0)" } ?? name
    }
}
