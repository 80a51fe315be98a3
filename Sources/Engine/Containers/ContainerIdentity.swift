internal import Linux
internal import OCI

/// Decides which user namespace a container gets, and with which ids.
struct ContainerIdentity {
    let options: RunOptions
    let isPrivileged: Bool

    enum Plan: Equatable {
        /// None: the host's ids.
        case none
        /// So many ids from the host's space for containers.
        case range(count: UInt32)
        case maps(IdentityMaps, warning: String?)
    }

    func plan() throws(EngineError) -> Plan {
        let mode = options.users ?? (options.privileged && isPrivileged ? .host : .own(size: nil))
        switch mode {
        case .host:
            guard isPrivileged else {
                throw EngineError("--userns host needs root; as a plain user leave it out, or use --userns keep-id")
            }
            return .none
        case .container: throw EngineError("--userns: the container whose namespace is shared was not looked up")
        case .maps(let uids, let gids): return .maps(IdentityMaps(uids: uids, gids: gids), warning: nil)
        case .own(let size):
            return isPrivileged ? .range(count: size ?? 65536) : try rootless(keepsID: false, size: size)
        case .keepID:
            guard !isPrivileged else {
                throw EngineError("--userns keep-id is for plain users; root's ids are mapped to a range of their own")
            }
            return try rootless(keepsID: true, size: nil)
        }
    }

    private func rootless(keepsID: Bool, size: UInt32?) throws(EngineError) -> Plan {
        let (uid, gid) = (Processes.userID, Processes.groupID)
        let name = Self.userName(uid)
        var uids = Self.subordinate("/etc/subuid", name, uid)
        var gids = Self.subordinate("/etc/subgid", name, uid)
        var warning: String?
        if uids.isEmpty || gids.isEmpty || !Self.hasHelpers {
            warning =
                (Self.hasHelpers
                    ? "\(name ?? String(uid)) has no range in /etc/subuid and /etc/subgid" : "newuidmap is not installed")
                + ": the container has only one user id; see subuid(5) and the package uidmap"
            (uids, gids) = ([], [])
        }
        if let size {
            uids = Self.cut(uids, to: size - 1)
            gids = Self.cut(gids, to: size - 1)
        }
        return .maps(
            IdentityMaps(
                uids: keepsID
                    ? IdentityRanges.keepID(id: uid, subordinate: uids) : IdentityRanges.rootless(id: uid, subordinate: uids),
                gids: keepsID
                    ? IdentityRanges.keepID(id: gid, subordinate: gids) : IdentityRanges.rootless(id: gid, subordinate: gids)),
            warning: warning)
    }

    /// All ids a plain user has: itself as root, then its subordinate ids; nil without those or without the helpers.
    static func ownMaps() -> IdentityMaps? {
        let (uid, gid) = (Processes.userID, Processes.groupID)
        let name = userName(uid)
        let (uids, gids) = (subordinate("/etc/subuid", name, uid), subordinate("/etc/subgid", name, uid))
        guard !uids.isEmpty, !gids.isEmpty, hasHelpers else { return nil }
        return IdentityMaps(
            uids: IdentityRanges.rootless(id: uid, subordinate: uids), gids: IdentityRanges.rootless(id: gid, subordinate: gids))
    }

    /// Those of a container of root's that has so many ids of the host's.
    static func maps(_ range: Range<UInt32>) -> IdentityMaps {
        let map = [IDMapping(containerID: 0, hostID: range.lowerBound, size: UInt32(range.count))]
        return IdentityMaps(uids: map, gids: map)
    }

    /// The ids of the host's in a plain user's maps, `uid` and `gid`, that are neither its own nor given to it.
    static func lost(_ maps: IdentityMaps) -> [(kind: String, ranges: [Range<UInt32>])] {
        let (uid, gid) = (Processes.userID, Processes.groupID)
        let name = userName(uid)
        return [
            ("uid", IdentityRanges.missing(maps.uids, own: uid, given: subordinate("/etc/subuid", name, uid))),
            ("gid", IdentityRanges.missing(maps.gids, own: gid, given: subordinate("/etc/subgid", name, uid))),
        ].filter { !$0.1.isEmpty }
    }

    private static func cut(_ ranges: [Range<UInt32>], to count: UInt32) -> [Range<UInt32>] {
        var left = count
        return ranges.compactMap { range in
            let part = range.prefix(Int(left))
            left -= UInt32(part.count)
            return part.isEmpty ? nil : part
        }
    }

    private static func subordinate(_ path: String, _ name: String?, _ id: UInt32) -> [Range<UInt32>] {
        IdentityRanges.subordinate((try? File.readText(path)) ?? "", name: name, id: id)
    }

    /// Ranges that /etc/subuid and /etc/subgid give away, so that no container of root's gets them too.
    static func reserved() -> [Range<UInt32>] {
        ["/etc/subuid", "/etc/subgid"].flatMap { IdentityRanges.all((try? File.readText($0)) ?? "") }
    }

    /// The name that /etc/passwd has for an id of the host.
    private static func userName(_ uid: UInt32) -> String? {
        let text = (try? File.readText("/etc/passwd")) ?? ""
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 2, fields[2] == String(uid) { return String(fields[0]) }
        }
        return nil
    }

    private static var hasHelpers: Bool {
        ["/usr/bin/newuidmap", "/bin/newuidmap", "/usr/local/bin/newuidmap"].contains(where: File.exists)
    }
}
