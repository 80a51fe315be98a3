import Linux
import OCI
import Testing

@testable import Runtime

/// On the kernel's own trees, in groups of this test's own: `/hako-test-PID/…`, gone afterwards.
@Suite(.serialized, .enabled(if: Processes.userID == 0, "making control groups takes root"))
struct CgroupsKernelTests {
    static let parent = "/hako-test-\(Processes.id)"

    /// A group with these limits, removed in the end, with the parent in each tree.
    static func withGroup(
        _ name: String, _ fill: (inout Resources) -> Void = { _ in }, _ body: (inout Cgroup, CgroupHost) throws -> Void
    ) throws {
        let host = try CgroupHost.detect()
        defer {
            for tree in host.v1 + (host.v2.map { [$0] } ?? []) { try? File.removeDirectory(tree.mountPoint + parent) }
        }
        let plan = try CgroupPlan(
            id: name, cgroupsPath: "\(parent)/\(name)", resources: CgroupsFixtures.resources(fill), host: host, rootless: false)
        var cgroup = try Cgroup.create(plan)
        do {
            try body(&cgroup, host)
            try cgroup.remove()
        } catch {
            try? cgroup.remove()
            throw error
        }
        for group in cgroup.groups { #expect(!File.exists(group.directory)) }
    }

    /// A process in the groups: `sleep`, or a shell command; killed and reaped in the end.
    static func withProcess(in cgroup: Cgroup, _ script: String = "exec sleep 100", _ body: (Int32) throws -> Void) throws {
        let child = try ShellChild(script, joining: cgroup)
        defer { child.end() }
        try body(child.id)
    }

    static func read(_ cgroup: Cgroup, _ controller: String, _ file: String) throws -> String {
        let group = try #require(cgroup.group(of: controller))
        return try File.readText("\(group.directory)/\(file)")
    }

    @Test func appliesLimits() throws {
        try Self.withGroup(
            "limits",
            {
                $0.memory = .init()
                $0.memory?.limit = 64 << 20
                $0.pids = .init(limit: 11)
                $0.cpu = .init()
                $0.cpu?.quota = 50_000
                $0.cpu?.period = 100_000
                $0.cpu?.cpus = "0"
            }
        ) { cgroup, host in
            let isV2 = host.v1.isEmpty
            #expect(try Self.read(cgroup, "memory", isV2 ? "memory.max" : "memory.limit_in_bytes") == "\(64 << 20)")
            #expect(try Self.read(cgroup, "pids", "pids.max") == "11")
            #expect(try Self.read(cgroup, "cpu", isV2 ? "cpu.max" : "cpu.cfs_quota_us").hasPrefix("50000"))
            #expect(try Self.read(cgroup, "cpuset", "cpuset.cpus") == "0")
            try Self.withProcess(in: cgroup) { id in
                #expect(try cgroup.processes() == [id])
                let own = try File.readText("/proc/\(id)/cgroup")
                #expect(own.split(separator: "\n").filter { $0.hasSuffix("\(Self.parent)/limits") }.count >= cgroup.groups.count)
            }
        }
    }

    @Test func changesLimitsAndAddsAController() throws {
        try Self.withGroup(
            "update",
            {
                $0.memory = .init(); $0.memory?.limit = 64 << 20; $0.memory?.swap = 64 << 20
            }
        ) { cgroup, host in
            try Self.withProcess(in: cgroup) { id in
                try cgroup.update(
                    CgroupsFixtures.resources {
                        $0.memory = .init()
                        $0.memory?.limit = 128 << 20
                        $0.memory?.swap = 128 << 20
                        $0.cpu = .init()
                        $0.cpu?.shares = 2048
                    })
                let isV2 = host.v1.isEmpty
                #expect(try Self.read(cgroup, "memory", isV2 ? "memory.max" : "memory.limit_in_bytes") == "\(128 << 20)")
                #expect(try Self.read(cgroup, "cpu", isV2 ? "cpu.weight" : "cpu.shares") == (isV2 ? "174" : "2048"))
                #expect(try Self.read(cgroup, "cpu", "cgroup.procs") == "\(id)")
            }
        }
    }

    @Test func freezesAndThaws() throws {
        try Self.withGroup("freeze") { cgroup, _ in
            try Self.withProcess(in: cgroup) { _ in
                #expect(!cgroup.isFrozen)
                try cgroup.freeze()
                #expect(cgroup.isFrozen)
                try cgroup.thaw()
                #expect(!cgroup.isFrozen)
            }
        }
    }

    @Test func killsEveryProcessAlsoWhileFrozen() throws {
        try Self.withGroup("kill") { cgroup, _ in
            try Self.withProcess(in: cgroup, "sleep 100 & sleep 100 & wait") { _ in
                while try cgroup.processes().count < 3 { Pause.microseconds(1000) }
                try cgroup.freeze()
                try cgroup.kill()
                #expect(try cgroup.processes().isEmpty)
            }
        }
    }

    @Test func signalsEveryProcess() throws {
        try Self.withGroup("signal") { cgroup, _ in
            let child = try ShellChild("exec sleep 100", joining: cgroup)
            try cgroup.kill(Signals.terminate)
            #expect(child.end(killing: false) == 128 + Signals.terminate)
        }
    }

    @Test func removesGroupsMadeInsideAndWhatRunsThere() throws {
        try Self.withGroup("nested") { cgroup, _ in
            let directory = try #require(cgroup.v2 ?? cgroup.groups.first).directory
            try File.makeDirectories("\(directory)/a/b")
            try Self.withProcess(in: cgroup) { id in
                try File.command("\(directory)/a/b/cgroup.procs", "\(id)")
                #expect(try cgroup.processes() == [id])
                try cgroup.remove()
                #expect(!File.exists(directory))
            }
        }
    }

    @Test func countsOOMKills() throws {
        try Self.withGroup(
            "oom",
            {
                $0.memory = .init(); $0.memory?.limit = 8 << 20
            }
        ) { cgroup, _ in
            #expect(try cgroup.oomKills() == 0)
            let child = try ShellChild("exec tail /dev/zero", joining: cgroup)
            #expect(child.end(killing: false) == 137)
            #expect(try cgroup.oomKills() == 1)
        }
    }

    @Test func refusesAUsedGroup() throws {
        try Self.withGroup("used") { cgroup, host in
            try Self.withProcess(in: cgroup) { _ in
                let plan = try CgroupPlan(
                    id: "used", cgroupsPath: "\(Self.parent)/used", resources: nil, host: host, rootless: false)
                #expect(throws: RuntimeError.self) { try Cgroup.create(plan) }
                #expect(try cgroup.processes().count == 1)
            }
        }
    }

    @Test func undoesWhatItMadeWhenALimitIsRefused() throws {
        let host = try CgroupHost.detect()
        let resources = CgroupsFixtures.resources {
            $0.cpu = .init(); $0.cpu?.cpus = "4000"
        }
        let plan = try CgroupPlan(
            id: "undo", cgroupsPath: "\(Self.parent)/undo", resources: resources, host: host, rootless: false)
        let error = #expect(throws: RuntimeError.self) { try Cgroup.create(plan) }
        #expect(error?.message.contains("which processors are used") == true)
        #expect(error?.message.contains("cpuset.cpus") == true)
        for group in plan.groups {
            #expect(!File.exists(group.directory))
            try? File.removeDirectory(group.mountPoint + Self.parent)
        }
    }

    @Test func saysWhichFileTheKernelLacks() throws {
        let host = try CgroupHost.detect()
        guard host.v1.contains(where: { $0.controllers.contains("blkio") }) else { return }
        // Gone since 5.0.
        let error = #expect(throws: RuntimeError.self) {
            try Self.withGroup(
                "weight",
                {
                    $0.blockIO = .init(); $0.blockIO?.leafWeight = 500
                }
            ) { _, _ in }
        }
        #expect(
            error?.message
                == "cannot limit block I/O leaf weight: blkio.leaf_weight is not provided by this kernel; leave the limit out")
    }

    @Test func deniesDevicesByProgram() throws {
        guard try CgroupHost.detect().v2 != nil else { return }
        try Self.withGroup("devices") { cgroup, _ in
            try cgroup.limitDevices([DeviceRule(allow: false, kind: .all)] + DeviceRule.always)
            let child = try ShellChild(
                "head -c1 /dev/zero >/dev/null || exit 3; cat </dev/kmsg 2>/dev/null && exit 4; exit 5", joining: cgroup)
            #expect(child.end(killing: false) == 5)
        }
    }

    /// The kernel's verifier takes every shape of program, unreachable code being an error.
    @Test(arguments: CgroupsDeviceProgramTests.sets.indices) func theKernelTakesEveryProgram(index: Int) throws {
        guard try CgroupHost.detect().v2 != nil else { return }
        try Self.withGroup("program\(index)") { cgroup, _ in try cgroup.limitDevices(CgroupsDeviceProgramTests.sets[index]) }
    }
}
