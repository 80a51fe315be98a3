/// Reading proc_pid_mountinfo(5) and /proc/PID/cgroup, without a kernel.
extension CgroupHost {
    /// - Parameters:
    ///   - mountInfo: /proc/self/mountinfo.
    ///   - ownGroups: /proc/self/cgroup.
    package init(mountInfo: [UInt8], ownGroups: String) {
        let own = Self.parseOwnGroups(ownGroups)
        var v2: Hierarchy?
        var v1: [Hierarchy] = []
        for line in mountInfo.split(separator: UInt8(ascii: "\n")) {
            // A machine has many mounts and few of these; most lines are passed over unread.
            guard let mount = CgroupMount(line) else { continue }
            let group = mount.isV2 ? own[""] : mount.controllers.lazy.compactMap { own[$0] }.first
            let hierarchy = Hierarchy(
                isV2: mount.isV2, controllers: mount.controllers, mountPoint: mount.mountPoint,
                ownGroup: group.flatMap { Self.relative($0, toRoot: mount.root) })
            // The first mount of a hierarchy that shows the caller's group stands for it.
            if mount.isV2 {
                if v2 == nil || v2?.ownGroup == nil { v2 = hierarchy }
            } else if let index = v1.firstIndex(where: { $0.controllers == hierarchy.controllers }) {
                if v1[index].ownGroup == nil { v1[index] = hierarchy }
            } else {
                v1.append(hierarchy)
            }
        }
        self.init(v2: v2, v1: v1)
    }

    package init(mountInfo: String, ownGroups: String) {
        self.init(mountInfo: Array(mountInfo.utf8), ownGroups: ownGroups)
    }

    /// Lines `9:name=systemd:/`, `1:cpu,cpuacct:/a`, and `0::/b` for v2: the group by each controller, v2's by "".
    private static func parseOwnGroups(_ text: String) -> [String: String] {
        var groups: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[1].isEmpty {
                groups[""] = String(fields[2])
            } else {
                for controller in fields[1].split(separator: ",") { groups[String(controller)] = String(fields[2]) }
            }
        }
        return groups
    }

    /// Where a group of the hierarchy is below a mount that shows the sub-tree `root` of it; nil when outside.
    ///
    /// Seen from a cgroup namespace a root above the namespace's is `/..`: then the names between are not known.
    static func relative(_ group: String, toRoot root: String) -> String? {
        if group.hasPrefix("/..") || root.hasPrefix("/..") { return nil }
        if root == "/" { return group }
        if group == root { return "/" }
        return group.hasPrefix(root + "/") ? String(decoding: group.utf8.dropFirst(root.utf8.count), as: UTF8.self) : nil
    }
}

/// One line of mountinfo that is a control group hierarchy.
private struct CgroupMount {
    let isV2: Bool
    let controllers: [String]
    let root: String
    let mountPoint: String

    /// Fields: id, parent, device, root, mount point, options, optional fields, `-`, type, source, super options.
    init?(_ line: ArraySlice<UInt8>) {
        guard let type = Self.find(" - cgroup", in: line) else { return nil }
        let tail = line[(type + 3)...].split(separator: UInt8(ascii: " "))
        let head = line[..<type].split(separator: UInt8(ascii: " "), maxSplits: 5)
        guard tail.count >= 3, head.count >= 5 else { return nil }
        switch String(decoding: tail[0], as: UTF8.self) {
        case "cgroup2": isV2 = true
        case "cgroup": isV2 = false
        default: return nil
        }
        root = MountInfo.unescaped(head[3])
        mountPoint = MountInfo.unescaped(head[4])
        let options = tail[2].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
        controllers = isV2 ? [] : options.filter { !Self.flags.contains($0) && !$0.hasPrefix("release_agent=") }
    }

    /// Super options of a v1 mount that name no controller.
    private static let flags: Set<String> = [
        "rw", "ro", "xattr", "clone_children", "noprefix", "cpuset_v2_mode", "favordynmods", "none", "all", "seclabel",
    ]

    private static func find(_ text: StaticString, in line: ArraySlice<UInt8>) -> Int? {
        let count = text.utf8CodeUnitCount
        guard line.count > count else { return nil }
        return text.withUTF8Buffer { pattern in
            var at = line.startIndex
            while at + count <= line.endIndex {
                if line[at] == 0x20, line[at + 1] == 0x2d, unsafe line[at..<(at + count)].elementsEqual(pattern) { return at }
                at += 1
            }
            return nil
        }
    }
}
