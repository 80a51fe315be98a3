import Linux
import OCI
import Testing

@testable import Runtime

@Suite struct CgroupsPlanTests {
    // MARK: Places

    @Test func makesOneGroupOnV2() throws {
        let plan = try CgroupsFixtures.plan(CgroupsFixtures.v2)
        #expect(plan.groups.map(\.directory) == ["/sys/fs/cgroup/hako/c1"])
        #expect(plan.groups[0].controllers == ["memory", "pids"])
        #expect(plan.groups[0].needed.isEmpty)
        #expect(plan.clonesIntoGroup)
    }

    @Test func makesAllGroupsOnV1() throws {
        let plan = try CgroupsFixtures.plan(CgroupsFixtures.v1)
        #expect(plan.groups.count == 8)
        #expect(!plan.clonesIntoGroup)
    }

    @Test func makesOnHybridWhatIsLimitedAndMemoryAndTheV2GroupLast() throws {
        let plan = try CgroupsFixtures.plan(CgroupsFixtures.hybrid) { $0.pids = .init(limit: 5) }
        #expect(
            plan.groups.map(\.directory) == [
                "/sys/fs/cgroup/pids/hako/c1", "/sys/fs/cgroup/memory/hako/c1", "/sys/fs/cgroup/unified/hako/c1",
            ])
    }

    @Test(arguments: [
        ("/pods/x", "/sys/fs/cgroup/pods/x"), ("pods//./x/", "/sys/fs/cgroup/hako/pods/x"), ("", "/sys/fs/cgroup/hako/c1"),
    ])
    func followsTheGivenPath(path: String, directory: String) throws {
        #expect(try CgroupsFixtures.plan(CgroupsFixtures.v2, path: path).groups[0].directory == directory)
    }

    @Test(arguments: ["../x", "/a/../../x", "/", "//", "system.slice:hako:c1"])
    func refusesAPath(path: String) {
        #expect(throws: RuntimeError.self) { try CgroupsFixtures.plan(CgroupsFixtures.v2, path: path) }
    }

    @Test(arguments: ["", ".", "..", "a/b"])
    func refusesAnIDThatIsNoFileName(id: String) {
        #expect(throws: RuntimeError.self) {
            try CgroupPlan(id: id, cgroupsPath: nil, resources: nil, host: CgroupsFixtures.v2, rootless: false)
        }
    }

    // MARK: Rootless

    @Test func goesBelowTheDelegatedGroup() throws {
        var host = CgroupsFixtures.v2
        host.v2?.delegatedGroup = "/user.slice/user@1000.service"
        let plan = try CgroupsFixtures.plan(host, rootless: true) { $0.pids = .init(limit: 5) }
        #expect(plan.groups[0].path == "/user.slice/user@1000.service/hako/c1")
        #expect(plan.groups[0].handDownFrom == "/user.slice/user@1000.service")
        #expect(plan.groups[0].needed == ["pids"])
    }

    @Test func makesNothingWithoutDelegationAndRefusesLimits() throws {
        #expect(try CgroupsFixtures.plan(CgroupsFixtures.hybrid, rootless: true).groups.isEmpty)
        #expect(try CgroupsFixtures.plan(CgroupsFixtures.v2, rootless: true) { $0.pids = .init(limit: -1) }.groups.isEmpty)
        #expect(throws: RuntimeError.self) {
            try CgroupsFixtures.plan(CgroupsFixtures.v2, rootless: true) { $0.pids = .init(limit: 5) }
        }
    }

    @Test func refusesLimitsBelowAGroupWithProcesses() throws {
        var host = CgroupsFixtures.v2
        host.v2?.delegatedGroup = "/mine"
        host.v2?.delegatesControllers = false
        #expect(try CgroupsFixtures.plan(host, rootless: true).groups[0].controllers.isEmpty)
        #expect(throws: RuntimeError.self) { try CgroupsFixtures.plan(host, rootless: true) { $0.pids = .init(limit: 5) } }
    }

    // MARK: Limits

    typealias Fill = @Sendable (inout Resources) -> Void
    static let limits: [(v1: [String], v2: [String], fill: Fill)] = [
        (
            ["memory.limit_in_bytes=8", "memory.memsw.limit_in_bytes=10"], ["memory.max=8", "memory.swap.max=2"],
            {
                $0.memory = .init(); $0.memory?.limit = 8; $0.memory?.swap = 10
            }
        ),
        (
            ["memory.limit_in_bytes=8", "memory.memsw.limit_in_bytes=-1"], ["memory.max=8", "memory.swap.max=max"],
            {
                $0.memory = .init(); $0.memory?.limit = 8; $0.memory?.swap = -1
            }
        ),
        (
            ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"], ["memory.max=max", "memory.swap.max=max"],
            {
                $0.memory = .init(); $0.memory?.limit = -1
            }
        ),
        (
            ["memory.soft_limit_in_bytes=3"], ["memory.low=3"],
            {
                $0.memory = .init(); $0.memory?.reservation = 3
            }
        ),
        (
            ["cpu.shares=1024"], ["cpu.weight=100"],
            {
                $0.cpu = .init(); $0.cpu?.shares = 1024
            }
        ),
        (
            ["cpu.cfs_period_us=1000", "cpu.cfs_quota_us=500"], ["cpu.max=500 1000"],
            {
                $0.cpu = .init(); $0.cpu?.quota = 500; $0.cpu?.period = 1000
            }
        ),
        (
            ["cpu.cfs_quota_us=500"], ["cpu.max=500 100000"],
            {
                $0.cpu = .init(); $0.cpu?.quota = 500
            }
        ),
        (
            ["cpu.cfs_quota_us=-1"], ["cpu.max=max"],
            {
                $0.cpu = .init(); $0.cpu?.quota = -1
            }
        ),
        (
            ["cpuset.cpus=0-1", "cpuset.mems=0"], ["cpuset.cpus=0-1", "cpuset.mems=0"],
            {
                $0.cpu = .init(); $0.cpu?.cpus = "0-1"; $0.cpu?.mems = "0"
            }
        ),
        (["pids.max=7"], ["pids.max=7"], { $0.pids = .init(limit: 7) }),
        (["pids.max=max"], ["pids.max=max"], { $0.pids = .init(limit: -1) }),
        ([], [], { $0.pids = .init(limit: 0) }),
        (
            ["blkio.weight=500|blkio.bfq.weight=500"], ["io.bfq.weight=500|io.weight=default 4950"],
            {
                $0.blockIO = .init(); $0.blockIO?.weight = 500
            }
        ),
        (
            ["blkio.throttle.read_bps_device=8:0 5", "blkio.throttle.write_iops_device=8:1 6"],
            ["io.max=8:0 rbps=5", "io.max=8:1 wiops=6"],
            {
                $0.blockIO = .init()
                $0.blockIO?.throttleReadBpsDevice = [.init(major: 8, minor: 0, rate: 5)]
                $0.blockIO?.throttleWriteIOPSDevice = [.init(major: 8, minor: 1, rate: 6)]
            }
        ),
    ]

    @Test(arguments: limits.indices) func wordsLimitsForEachVersion(index: Int) throws {
        let (v1, v2, fill) = Self.limits[index]
        #expect(CgroupsFixtures.texts(try CgroupsFixtures.plan(CgroupsFixtures.v1, fill)) == v1)
        #expect(CgroupsFixtures.texts(try CgroupsFixtures.plan(CgroupsFixtures.v2, fill)) == v2)
        #expect(CgroupsFixtures.texts(try CgroupsFixtures.plan(CgroupsFixtures.hybrid, fill)).sorted() == v1.sorted())
    }

    @Test func switchesTheOOMKillerOffOnV1Only() throws {
        let fill: Fill = {
            $0.memory = .init(); $0.memory?.disableOOMKiller = true
        }
        #expect(CgroupsFixtures.texts(try CgroupsFixtures.plan(CgroupsFixtures.v1, fill)) == ["memory.oom_control=1"])
        #expect(throws: RuntimeError.self) { try CgroupsFixtures.plan(CgroupsFixtures.v2, fill) }
    }

    static let impossible: [Fill] = [
        {
            $0.memory = .init(); $0.memory?.swap = 5
        },
        {
            $0.memory = .init(); $0.memory?.limit = 9; $0.memory?.swap = 5
        },
        {
            $0.memory = .init(); $0.memory?.kernel = 5
        },
        {
            $0.memory = .init(); $0.memory?.swappiness = 5
        },
        {
            $0.cpu = .init(); $0.cpu?.realtimeRuntime = 5
        },
        {
            $0.blockIO = .init(); $0.blockIO?.leafWeight = 5
        },
        { $0.unified = ["../x": "1"] },
        { $0.unified = ["nothing.max": "1"] },
        { $0.unified = ["plain": "1"] },
        { $0.devices = [.init(allow: false), .init(allow: true, type: "x")] },
        { $0.devices = [.init(allow: false, access: "rwq")] },
    ]

    @Test(arguments: impossible.indices) func refusesWhatV2CannotDo(index: Int) {
        #expect(throws: RuntimeError.self) { try CgroupsFixtures.plan(CgroupsFixtures.v2, Self.impossible[index]) }
    }

    @Test func namesTheLimitFileAndReasonWhenAControllerIsMissing() {
        let error = #expect(throws: RuntimeError.self) {
            try CgroupsFixtures.plan(CgroupHost(v2: nil, v1: [])) {
                $0.memory = .init(); $0.memory?.limit = 5
            }
        }
        #expect(error?.message == "cannot limit memory: memory.max needs the memory controller, which this host does not mount")
    }

    @Test func writesUnifiedVerbatim() throws {
        let plan = try CgroupsFixtures.plan(CgroupsFixtures.v2) { $0.unified = ["memory.high": "99", "cgroup.max.depth": "3"] }
        #expect(CgroupsFixtures.texts(plan) == ["cgroup.max.depth=3", "memory.high=99"])
        #expect(plan.groups[0].needed == ["memory"])
    }

    @Test(
        arguments: [(2, 1), (1024, 100), (262_144, 10_000), (0x7fff_ffff, 10_000), (512, 59), (2048, 174)] as [(UInt64, UInt64)])
    func convertsShares(shares: UInt64, weight: UInt64) { #expect(CPUWeight.fromShares(shares) == weight) }

    // MARK: Devices

    @Test func ruleDevicesByProgramWithV2AndByFilesWithout() throws {
        let fill: Fill = { $0.devices = [.init(allow: false, access: "rwm"), .init(allow: true, type: "b", major: 8)] }
        for host in [CgroupsFixtures.v2, CgroupsFixtures.hybrid] {
            let plan = try CgroupsFixtures.plan(host, fill)
            #expect(plan.deviceRules?.count == 2 + DeviceRule.always.count)
            #expect(plan.writes.isEmpty)
        }
        let plan = try CgroupsFixtures.plan(CgroupsFixtures.v1, fill)
        #expect(plan.deviceRules == nil)
        #expect(CgroupsFixtures.texts(plan).prefix(3) == ["devices.deny=a", "devices.allow=b 8:* rwm", "devices.allow=c *:* m"])
    }

    @Test func needsNoProgramWhereNothingIsDenied() throws {
        #expect(try CgroupsFixtures.plan(CgroupsFixtures.v2) { $0.devices = [.init(allow: true)] }.deviceRules == nil)
        #expect(
            try CgroupsFixtures.plan(CgroupsFixtures.v2, rootless: true) { $0.devices = [.init(allow: false)] }.deviceRules == nil
        )
    }
}
