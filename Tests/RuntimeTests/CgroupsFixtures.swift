import Linux
import OCI

@testable import Runtime

/// Hosts as /proc/self/mountinfo and /proc/self/cgroup show them.
enum CgroupsFixtures {
    static var v2: CgroupHost {
        var host = CgroupHost(
            mountInfo: "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
            ownGroups: "0::/system.slice/ssh.service\n")
        host.v2?.controllers = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"]
        return host
    }

    static var v1: CgroupHost {
        CgroupHost(mountInfo: v1Mounts.joined(separator: "\n"), ownGroups: "4:memory:/a\n1:cpu,cpuacct:/\n")
    }

    static var hybrid: CgroupHost {
        CgroupHost(
            mountInfo: (v1Mounts + ["41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw"]).joined(
                separator: "\n"),
            ownGroups: "4:memory:/a\n0::/\n")
    }

    static let v1Mounts = [
        "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755",
        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
        "34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset",
        "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
        "36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices",
        "37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer",
        "38 31 0:35 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio",
        "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids",
        "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd",
    ]

    static func resources(_ fill: (inout Resources) -> Void) -> Resources {
        var resources = Resources()
        fill(&resources)
        return resources
    }

    static func plan(
        _ host: CgroupHost, path: String? = nil, rootless: Bool = false, _ fill: (inout Resources) -> Void = { _ in }
    ) throws -> CgroupPlan {
        try CgroupPlan(id: "c1", cgroupsPath: path, resources: resources(fill), host: host, rootless: rootless)
    }

    /// `memory.max=5`, those with alternatives joined by a bar.
    static func texts(_ plan: CgroupPlan) -> [String] {
        plan.writes.map { $0.files.map { "\($0.name)=\($0.value)" }.joined(separator: "|") }
    }
}
