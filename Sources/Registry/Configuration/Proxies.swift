internal import AsyncHTTPClient
internal import FoundationEssentials
internal import Linux

/// HTTP proxies from the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in capitals or not. Never for loopback.
///
/// The client asks a proxy for a tunnel (CONNECT) for plain HTTP too; some proxies allow that to port 443 alone.
struct Proxies: Sendable {
    private let http: HTTPClient.Configuration.Proxy?
    private let https: HTTPClient.Configuration.Proxy?
    private let except: [String]

    /// - Parameter variable: reads the environment.
    init(variable: (String) -> String? = Environment.value) {
        func either(_ name: String) -> String? { variable(name.lowercased()) ?? variable(name) }
        http = either("HTTP_PROXY").flatMap(Self.parse)
        https = either("HTTPS_PROXY").flatMap(Self.parse)
        except = (either("NO_PROXY") ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map { $0.lowercased() }
    }

    func proxy(for url: URL) -> HTTPClient.Configuration.Proxy? {
        guard let host = url.host?.lowercased(), !Site.isLoopback(host: host), !isExcepted(host, url.port) else { return nil }
        return url.scheme == "https" ? https : http
    }

    /// `*`, a host, `host:port`, or a domain with all below it, with a dot in front or not.
    func isExcepted(_ host: String, _ port: Int?) -> Bool {
        except.contains { entry in
            if entry == "*" { return true }
            let (name, wanted) = Site.split(entry)
            guard wanted == nil || wanted == port else { return false }
            let domain = name.hasPrefix("*.") ? String(name.dropFirst(2)) : name.hasPrefix(".") ? String(name.dropFirst()) : name
            return !domain.isEmpty && (host == domain || host.hasSuffix(".\(domain)"))
        }
    }

    /// `http://user:password@host:3128`, or without the scheme.
    private static func parse(_ text: String) -> HTTPClient.Configuration.Proxy? {
        guard !text.isEmpty, let url = URL(string: text.contains("://") ? text : "http://\(text)"), let host = url.host else {
            return nil
        }
        if url.scheme?.hasPrefix("socks") == true { return .socksServer(host: host, port: url.port ?? 1080) }
        let user = url.user(percentEncoded: false).map {
            HTTPClient.Authorization.basic(username: $0, password: url.password(percentEncoded: false) ?? "")
        }
        return .server(host: host, port: url.port ?? 3128, authorization: user)
    }
}
