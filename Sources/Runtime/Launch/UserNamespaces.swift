package import Linux
internal import OCI

/// Writing the id maps of a new user namespace. user_namespaces(7).
package enum UserNamespaces {
    /// Maps the ids of `pid`'s new user namespace: directly where the caller may, otherwise through newuidmap(1) and
    /// newgidmap(1), which allow what /etc/subuid and /etc/subgid grant.
    package static func map(_ pid: Int32, _ identity: IdentityPlan, privileged: Bool) throws(RuntimeError) {
        // Root of a user namespace has a say over all its ids, too.
        if privileged || Processes.userID == 0 {
            try write(pid, "uid_map", lines(identity.uids))
            try write(pid, "gid_map", lines(identity.gids))
        } else if isOnlyCaller(identity) {
            // One's own id may be mapped without a helper, once setgroups is given up.
            try write(pid, "setgroups", "deny")
            try write(pid, "uid_map", lines(identity.uids))
            try write(pid, "gid_map", lines(identity.gids))
        } else {
            try runHelper("newuidmap", pid, identity.uids, grants: "/etc/subuid")
            try runHelper("newgidmap", pid, identity.gids, grants: "/etc/subgid")
        }
    }

    /// A descriptor of a user namespace with these maps, which lives as long as the descriptor.
    package static func make(_ identity: IdentityPlan) throws(RuntimeError) -> Descriptor {
        let sockets = try explaining("make a socket pair") { () throws(SystemError) in try Sockets.pair(.messages) }
        switch try explaining("make a user namespace", { () throws(SystemError) in try Namespaces.clone(.user) }) {
        case .child:
            // Lives until the parent closes its end, on purpose or by dying. It tells its number in /proc, which is another where
            // the parent is in a pid namespace of its own and /proc still the host's.
            let end = sockets.keepFar()
            try? Sockets.send(Array(((try? File.readLink("/proc/self")) ?? "").utf8), on: end)
            _ = try? Sockets.receive(on: end)
            Processes.exitNow(0)
        case .parent(let child):
            let end = sockets.keepNear()
            defer {
                try? Sockets.send([0], on: end)
                _ = try? Processes.wait(for: child)
            }
            let told = try explaining("make a user namespace") { () throws(SystemError) in try Sockets.receive(on: end) }
            guard let number = Int32(String(decoding: told.bytes, as: UTF8.self)) else {
                throw RuntimeError("cannot make a user namespace: /proc/self is not there")
            }
            try map(number, identity, privileged: true)
            return try explaining("open a user namespace") { () throws(SystemError) in
                try File.open("/proc/\(number)/ns/user", .read)
            }
        }
    }

    private static func lines(_ mappings: [IDMapping]) -> String {
        mappings.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
    }

    private static func isOnlyCaller(_ identity: IdentityPlan) -> Bool {
        identity.uids.count == 1 && identity.uids[0].size == 1 && identity.uids[0].hostID == Processes.userID
            && identity.gids.count == 1 && identity.gids[0].size == 1 && identity.gids[0].hostID == Processes.groupID
    }

    private static func write(_ pid: Int32, _ file: String, _ text: String) throws(RuntimeError) {
        try explaining("write /proc/\(pid)/\(file)", hint: "is the range of ids mapped already, or overlapping?") {
            () throws(SystemError) in
            try File.command("/proc/\(pid)/\(file)", text)
        }
    }

    private static func runHelper(_ name: String, _ pid: Int32, _ mappings: [IDMapping], grants: String) throws(RuntimeError) {
        let arguments = [name, "\(pid)"] + mappings.flatMap { ["\($0.containerID)", "\($0.hostID)", "\($0.size)"] }
        guard let path = ["/usr/bin", "/bin", "/usr/local/bin"].map({ "\($0)/\(name)" }).first(where: File.exists) else {
            throw RuntimeError("\(name) is not installed; it maps a plain user's ids (Debian: apt install uidmap)")
        }
        let result = try HelperProgram(path: path, arguments: arguments).run()
        guard result.code == 0 else {
            throw RuntimeError("\(name) refused the id map: \(result.reason); see what \(grants) grants to this user")
        }
    }
}
