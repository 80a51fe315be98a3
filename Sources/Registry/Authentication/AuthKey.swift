/// A key of an auth file's `auths`: a host, maybe with a namespace, in any of the forms in use (containers-auth.json(5)).
struct AuthKey: Sendable, Hashable {
    /// `docker.io`, `localhost:5000`.
    var host: String
    /// `library/alpine`; empty for all of the host.
    var path: String

    /// `https://index.docker.io/v1/`, `quay.io/team`, `localhost:5000`.
    init(_ text: String) {
        var rest = text[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        let parts = rest.split(separator: "/", maxSplits: 1)
        host = Self.canonical(parts.first.map(String.init) ?? "")
        var path = parts.count > 1 ? parts[1] : ""
        while path.last == "/" { path.removeLast() }
        self.path = path == "v1" || path == "v2" ? "" : String(path)
    }

    static func canonical(_ host: String) -> String {
        let host = host.lowercased()
        return host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host
    }

    /// How well the key fits a repository: nil is not at all, the longest path is best.
    func fitness(host wanted: String, repository: String) -> Int? {
        guard host == Self.canonical(wanted) else { return nil }
        if path.isEmpty { return 0 }
        return repository == path || repository.hasPrefix("\(path)/") ? path.utf8.count : nil
    }
}
