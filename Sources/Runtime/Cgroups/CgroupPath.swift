/// Where in each hierarchy a container's group goes: `linux.cgroupsPath` (config-linux.md, Cgroups Path).
enum CgroupPath: Equatable {
    /// Below each hierarchy's mount point: `/pods/a`.
    case absolute(String)
    /// Below the group of the runtime's choice: `hako/a`, without a slash in front.
    case relative(String)

    init(cgroupsPath: String?, id: String) throws(RuntimeError) {
        guard let path = cgroupsPath, !path.isEmpty else {
            guard !id.isEmpty, id != ".", id != "..", !id.utf8.contains(where: { $0 == 0x2f || $0 == 0 }) else {
                throw RuntimeError("cannot name a control group after the container id \"\(id)\": it must be a file name")
            }
            self = .relative("hako/\(id)")
            return
        }
        if !path.hasPrefix("/"), path.split(separator: ":", omittingEmptySubsequences: false).count == 3 {
            throw RuntimeError(
                "the control group path \(path) is of the systemd form (slice:prefix:name); "
                    + "use --systemd-cgroup, or give a path such as /hako/\(id)")
        }
        guard !path.utf8.contains(0) else { throw RuntimeError("the control group path \(path) holds a zero byte") }
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else {
            throw RuntimeError("the control group path \(path) has a \"..\" in it: a container's group stays below its tree")
        }
        guard !parts.isEmpty else {
            throw RuntimeError("the control group path \(path) is the whole tree; give one below it, such as /hako/\(id)")
        }
        let clean = parts.joined(separator: "/")
        self = path.hasPrefix("/") ? .absolute("/" + clean) : .relative(cgroupsPath == nil ? clean : "hako/" + clean)
    }

    /// The group's path below the mount point of a hierarchy; nil where the caller may make none.
    func resolved(in hierarchy: CgroupHost.Hierarchy, rootless: Bool) -> String? {
        switch self {
        case .absolute(let path): path
        case .relative(let path):
            if rootless {
                hierarchy.delegatedGroup.map { ($0 == "/" ? "" : $0) + "/" + path }
            } else {
                "/" + path
            }
        }
    }
}
