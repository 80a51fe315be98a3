internal import EdgeProtocol
internal import OCI

/// What a request needs and has, checked.
struct Words: Sendable {
    let request: EdgeRequest

    init(_ request: EdgeRequest) { self.request = request }

    var id: Int { request.id }

    private func needed<Value>(_ name: String, _ value: Value?) throws -> Value {
        guard let value else { throw RegistryError(.local, "\(request.operation) needs \(name)") }
        return value
    }

    /// Registry and repository.
    var repository: (registry: String, path: String) {
        get throws {
            let text = try needed("repository", request.repository)
            guard let name = try? ImageName(text), !name.isShort, name.path == text else {
                throw RegistryError(.local, "\"\(text)\" is not a registry and a repository")
            }
            return (name.registry, name.repository)
        }
    }

    /// A tag or a digest, of characters that need no care in a URL.
    var reference: String {
        get throws {
            let text = try needed("reference", request.reference)
            let isTag = (try? ImageName("localhost/x:\(text)")) != nil
            guard Digest(text) != nil || isTag else { throw RegistryError(.local, "\"\(text)\" is not a tag or a digest") }
            return text
        }
    }

    var digest: String {
        get throws {
            let text = try needed("digest", request.digest)
            guard Digest(text) != nil else { throw RegistryError(.local, "\"\(text)\" is not a digest") }
            return text
        }
    }

    var size: Int64 {
        get throws {
            let size = try needed("size", request.size)
            guard size >= 0 else { throw RegistryError(.local, "the size is below zero") }
            return size
        }
    }

    var file: String { get throws { try needed("file", request.file) } }
    var username: String { get throws { try needed("username", request.username) } }
    var password: String { get throws { try needed("password", request.password) } }
    var term: String { get throws { try needed("term", request.term) } }
    var mediaType: String { get throws { try needed("mediaType", request.mediaType) } }
    var body: String { get throws { try needed("body", request.body) } }

    /// Host and port.
    var registry: String {
        get throws {
            let text = try needed("registry", request.registry)
            guard (try? ImageName("\(text)/x"))?.registry == text else {
                throw RegistryError(.local, "\"\(OneLine.text(text))\" is not a registry's host and port")
            }
            return text
        }
    }

    /// The repositories that may lend a blob, without the registry.
    func mounts() -> [String] {
        (request.mountFrom ?? []).compactMap { text in
            let front = "\(request.repository?.prefix { $0 != "/" } ?? "")/"
            let path = text.hasPrefix(front) ? String(text.dropFirst(front.count)) : text
            return (try? ImageName("localhost/\(path)"))?.path == "localhost/\(path)" ? path : nil
        }
    }

    func done(from target: Target) -> EdgeEvent {
        var event = EdgeEvent(.done, id: id)
        event.source = target.isMirror ? "\(target)" : nil
        return event
    }
}
