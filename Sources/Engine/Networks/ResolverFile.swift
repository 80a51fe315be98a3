package import Networks

/// /etc/resolv.conf. resolv.conf(5).
package struct ResolverFile: Sendable, Equatable {
    package var servers: [IPAddress] = []
    package var searches: [String] = []
    package var options: [String] = []

    package init() {}

    /// What is not understood is left out.
    package init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count > 1 else { continue }
            switch words[0] {
            case "nameserver":
                // Of a link-local address the device has no meaning elsewhere.
                if let server = IPAddress(words[1]) { servers.append(server) }
            case "search", "domain": searches = Array(words.dropFirst())
            case "options": options += words.dropFirst()
            default: break
            }
        }
    }

    package var text: String {
        var lines: [String] = []
        if !searches.isEmpty { lines.append("search \(searches.joined(separator: " "))") }
        lines += servers.map { "nameserver \($0)" }
        if !options.isEmpty { lines.append("options \(options.joined(separator: " "))") }
        return lines.map { "\($0)\n" }.joined()
    }

    /// As a container in another network namespace can use it: without servers on the host's loopback.
    package var withoutLoopback: ResolverFile {
        var file = self
        file.servers.removeAll(where: \.isLoopback)
        return file
    }

    /// With what was asked for in place of what is there; `.` is no search domain at all.
    package func replacing(_ request: NetworkingRequest) -> ResolverFile {
        var file = self
        if !request.servers.isEmpty { file.servers = request.servers }
        if !request.searches.isEmpty { file.searches = request.searches.filter { $0 != "." } }
        if !request.serverOptions.isEmpty { file.options = request.serverOptions }
        return file
    }
}
