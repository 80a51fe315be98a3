internal import OCI

/// Namespaces of other containers. A configuration names one by `container:ID` instead of a path, which is hako's own convention:
/// the container's process is another at each start, so that a path would be wrong by the next, or somebody else's.
package enum SharedNamespaces {
    package static let prefix = "container:"

    /// The bundle with the paths that these namespaces have now.
    ///
    /// - Throws: for a container that does not run.
    static func resolve(_ bundle: Bundle, in root: StateRoot) throws(RuntimeError) -> Bundle {
        guard var namespaces = bundle.spec.linux?.namespaces, namespaces.contains(where: { id($0) != nil }) else { return bundle }
        for index in namespaces.indices {
            guard let id = id(namespaces[index]) else { continue }
            namespaces[index].path = try path(of: namespaces[index].type, in: id, root)
        }
        var spec = bundle.spec
        spec.linux?.namespaces = namespaces
        return Bundle(path: bundle.path, spec: spec)
    }

    private static func id(_ namespace: Namespace) -> String? {
        guard let path = namespace.path, path.hasPrefix(prefix) else { return nil }
        return String(path.dropFirst(prefix.count))
    }

    private static func path(of kind: Namespace.Kind, in id: String, _ root: StateRoot) throws(RuntimeError) -> String {
        guard let found = try? root.directory(of: id).state(), found.oci.status != .stopped else {
            throw RuntimeError("container \(id.prefix(12)) does not run: its \(kind.rawValue) namespace cannot be shared")
        }
        let name =
            switch kind {
            case .network: "net"
            case .mount: "mnt"
            default: kind.rawValue
            }
        return "/proc/\(found.runtime.pid)/ns/\(name)"
    }
}
