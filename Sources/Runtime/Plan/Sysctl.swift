package import Linux

/// Kernel parameters that a namespace has for itself; any other would change the host's. sysctl(8), namespaces(7).
package enum Sysctl {
    private static let ipc: Set<String> = [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced", "kernel.auto_msgmni",
    ]

    /// The file below /proc/sys of a parameter.
    ///
    /// - Throws: when the parameter is not a namespaced one, or its namespace is the host's.
    package static func path(of key: String, in namespaces: NamespaceFlags) throws(RuntimeError) -> String {
        // Either separator may be used; with dots, a slash is part of a name (an interface's, say).
        let dotted = key.firstIndex { $0 == "." || $0 == "/" }.map { key[$0] == "." } ?? true
        let parts = key.split(separator: dotted ? "." : "/", omittingEmptySubsequences: false).map {
            dotted ? String($0.map { $0 == "/" ? "." : $0 }) : String($0)
        }
        guard !parts.contains(""), !parts.contains(".."), !parts.contains(".") else {
            throw RuntimeError("sysctl \"\(key)\" is not a parameter's name")
        }
        let name = parts.joined(separator: ".")
        let needed: NamespaceFlags
        let what: String
        if name.hasPrefix("net.") {
            (needed, what) = (.network, "network")
        } else if ipc.contains(name) || name.hasPrefix("fs.mqueue.") {
            (needed, what) = (.ipc, "ipc")
        } else if name == "kernel.domainname" || name == "kernel.hostname" {
            (needed, what) = (.uts, "uts")
        } else {
            throw RuntimeError("sysctl \(key) is not namespaced: it would change the host's; set it on the host")
        }
        guard namespaces.contains(needed) else {
            throw RuntimeError("sysctl \(key) needs a \(what) namespace of the container's own")
        }
        return parts.joined(separator: "/")
    }

    /// The network device that a parameter, by its path, is of; nil for one of them all. ip-sysctl.
    package static func device(ofPath path: String) -> String? {
        let parts = path.split(separator: "/")
        guard parts.count > 4, parts[0] == "net", parts[2] == "conf" || parts[2] == "neigh",
            !["all", "default", "lo"].contains(parts[3])
        else { return nil }
        return String(parts[3])
    }
}
