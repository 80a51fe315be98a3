import Linux
import Testing

@testable import Runtime

@Suite struct CgroupsHostTests {
    @Test func tellsHierarchiesByTypeNotByDirectory() {
        let host = CgroupsFixtures.hybrid
        #expect(host.isHybrid)
        #expect(host.v1.count == 8)
        #expect(host.v2?.mountPoint == "/sys/fs/cgroup/unified")
        #expect(host.v2?.ownGroup == "/")
        #expect(host.hierarchy(of: "memory")?.mountPoint == "/sys/fs/cgroup/memory")
        #expect(host.hierarchy(of: "memory")?.ownGroup == "/a")
    }

    @Test func joinsControllersOfOneHierarchy() {
        let cpu = CgroupsFixtures.v1.hierarchy(of: "cpuacct")
        #expect(cpu?.controllers == ["cpu", "cpuacct"])
        #expect(cpu?.directoryName == "cpu,cpuacct")
        #expect(cpu?.mountOptions.map(\.key) == ["cpu", "cpuacct"])
    }

    @Test func namesANamedHierarchy() {
        let systemd = CgroupsFixtures.v1.v1.last
        #expect(systemd?.controllers == ["name=systemd"])
        #expect(systemd?.directoryName == "systemd")
        #expect(systemd?.mountOptions.map(\.key) == ["none", "name"])
    }

    @Test(arguments: [
        ("/", "/a/b", "/a/b"), ("/a", "/a/b", "/b"), ("/a", "/a", "/"), ("/a", "/ab", nil), ("/../..", "/", nil),
        ("/a", "/../b", nil),
    ])
    func findsTheCallersGroupBelowAMountOfASubtree(root: String, own: String, expected: String?) {
        let host = CgroupHost(
            mountInfo: "30 23 0:26 \(root) /sys/fs/cgroup rw - cgroup2 cgroup rw\n", ownGroups: "0::\(own)\n")
        #expect(host.v2?.ownGroup == expected)
    }

    @Test func unescapesMountPointsAndIgnoresOtherMounts() {
        let host = CgroupHost(
            mountInfo: """
                30 23 0:26 / /my\\040groups\\134x rw shared:1 master:2 - cgroup2 cgroup rw
                31 23 0:27 / /x\\040-\\040cgroup rw - ext4 /dev/sda rw
                32 23
                """, ownGroups: "")
        #expect(host.v2?.mountPoint == "/my groups\\x")
        #expect(host.v1.isEmpty)
    }

    @Test func prefersTheMountThatShowsTheCallersGroup() {
        let host = CgroupHost(
            mountInfo: """
                30 23 0:26 /other /mnt rw - cgroup2 cgroup rw
                31 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw
                """, ownGroups: "0::/mine\n")
        #expect(host.v2?.mountPoint == "/sys/fs/cgroup")
    }

    @Test func listsAncestors() {
        #expect(CgroupHost.ancestors(of: "/a/b") == ["/a/b", "/a", ""])
        #expect(CgroupHost.ancestors(of: "/") == [""])
    }

    @Test func detectsThisMachine() throws {
        let host = try CgroupHost.detect()
        #expect(host.v2 != nil || !host.v1.isEmpty)
    }
}
