internal import OCI

/// What is another container's. A configuration names it by `container:ID` instead of a path, which is hako's own convention: the
/// container's process is another at each start, so that a path would be wrong by the next, or somebody else's. So are namespaces
/// named, and with a path behind it the sources of bind mounts: `container:ID/dev/shm`.
package enum SharedNamespaces {
    package static let prefix = "container:"

    /// The bundle with the paths that all this has now.
    ///
    /// - Throws: for a container that does not run.
    static func resolve(_ bundle: Bundle, in root: StateRoot) throws(RuntimeError) -> Bundle {
        try resolve(bundle) { (id, what) throws(RuntimeError) in
            guard let found = try? root.directory(of: id).state(), found.oci.status != .stopped else {
                throw RuntimeError("container \(id.prefix(12)) does not run: its \(what) cannot be shared")
            }
            return found.runtime.pid
        }
    }

    /// The bundle of a container that runs: whoever it shares with, its process has the same.
    static func resolve(_ bundle: Bundle, of pid: Int32) throws(RuntimeError) -> Bundle {
        try resolve(bundle) { (_, _) throws(RuntimeError) in pid }
    }

    private static func resolve(
        _ bundle: Bundle, _ process: (String, String) throws(RuntimeError) -> Int32
    ) throws(RuntimeError) -> Bundle {
        guard var namespaces = bundle.spec.linux?.namespaces, namespaces.contains(where: { isShared($0.path) }) else {
            return bundle
        }
        for index in namespaces.indices {
            guard let path = namespaces[index].path, isShared(path) else { continue }
            let kind = namespaces[index].type
            let pid = try process(String(path.dropFirst(prefix.count)), "\(kind.rawValue) namespace")
            namespaces[index].path = "/proc/\(pid)/ns/\(name(kind))"
        }
        var spec = bundle.spec
        spec.linux?.namespaces = namespaces
        for index in (spec.mounts ?? []).indices {
            guard let source = spec.mounts?[index].source, isShared(source), let slash = source.firstIndex(of: "/") else {
                continue
            }
            let pid = try process(String(source[..<slash].dropFirst(prefix.count)), String(source[slash...]))
            spec.mounts?[index].source = "/proc/\(pid)/root\(source[slash...])"
        }
        return Bundle(path: bundle.path, spec: spec)
    }

    static func isShared(_ path: String?) -> Bool { path?.hasPrefix(prefix) ?? false }

    /// As /proc has it. namespaces(7).
    private static func name(_ kind: Namespace.Kind) -> String {
        switch kind {
        case .network: "net"
        case .mount: "mnt"
        default: kind.rawValue
        }
    }
}
