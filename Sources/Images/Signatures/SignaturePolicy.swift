package import JSON
package import OCI

/// Which images may be used: containers-policy.json(5).
package struct SignaturePolicy: Sendable, Equatable {
    package enum Requirement: Sendable, Equatable {
        case accept
        case reject
        /// A sigstore signature by a key: a file's path, or the PEM itself.
        case sigstore(path: String?, pem: String?)
        /// One that is not known here: nothing passes it.
        case unknown(String)
    }

    private let standard: [Requirement]
    /// By scope: `registry/repository:tag`, `registry/repository`, `registry`, `*.domain`, and the empty one for all registries.
    private let registries: [String: [Requirement]]

    /// What holds where there is no policy: nothing is refused.
    package static let acceptsAll = SignaturePolicy(standard: [.accept], registries: [:])

    private init(standard: [Requirement], registries: [String: [Requirement]]) {
        self.standard = standard
        self.registries = registries
    }

    package init(parsing bytes: [UInt8]) throws(JSONError) {
        guard case .object(let document) = try JSONValue(parsing: bytes), let all = document["default"] else {
            throw JSONError("has no default")
        }
        standard = try Self.requirements(all)
        var scopes: [String: [Requirement]] = [:]
        if case .object(let transports)? = document["transports"], case .object(let docker)? = transports["docker"] {
            for member in docker.members { scopes[member.key] = try Self.requirements(member.value) }
        }
        registries = scopes
    }

    private static func requirements(_ value: JSONValue) throws(JSONError) -> [Requirement] {
        let all = try value.list { (item) throws(JSONError) -> Requirement in
            guard case .object(let object) = item, case .string(let type)? = object["type"] else {
                throw JSONError("has a requirement without a type")
            }
            func text(_ key: String) -> String? { if case .string(let text)? = object[key] { text } else { nil } }
            switch type {
            case "insecureAcceptAnything": return .accept
            case "reject": return .reject
            case "sigstoreSigned":
                // A signature of Fulcio's or with an entry in a log needs what is not here.
                guard object["fulcio"] == nil, object["rekorPublicKeyPath"] == nil, object["rekorPublicKeyData"] == nil else {
                    return .unknown("sigstoreSigned with fulcio or rekor")
                }
                return .sigstore(path: text("keyPath"), pem: text("keyData"))
            default: return .unknown(type)
            }
        }
        guard !all.isEmpty else { throw JSONError("has an empty list of requirements") }
        return all
    }

    /// All that an image has to meet: those of the narrowest scope that it is in.
    package func requirements(for name: ImageName) -> [Requirement] {
        var scopes = ["\(name.path):\(name.tag ?? "")"]
        if let digest = name.digest { scopes.insert("\(name.path)@\(digest)", at: 0) }
        var parts = name.path.split(separator: "/").map(String.init)
        while !parts.isEmpty {
            scopes.append(parts.joined(separator: "/"))
            parts.removeLast()
        }
        var labels = name.registry.split(separator: ":")[0].split(separator: ".")
        while labels.count > 1 {
            labels.removeFirst()
            scopes.append("*." + labels.joined(separator: "."))
        }
        scopes.append("")
        for scope in scopes { if let found = registries[scope] { return found } }
        return standard
    }
}
