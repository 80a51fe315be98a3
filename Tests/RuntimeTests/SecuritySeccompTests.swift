import Linux
import OCI
import Testing

@testable import Runtime

@Suite struct SecuritySeccompTests {
    static func profile(
        _ defaultAction: String = "SCMP_ACT_ALLOW", errno: UInt32? = nil, _ rules: SeccompRule...,
        fill: (inout Seccomp) -> Void = { _ in }
    ) -> Seccomp {
        var profile = Seccomp(defaultAction: defaultAction)
        profile.defaultErrnoRet = errno
        profile.syscalls = rules
        fill(&profile)
        return profile
    }

    #if arch(arm64)
        static let machine = SeccompEvaluator.arm64
        static let numbers: [String: UInt32] = ["read": 63, "write": 64, "socket": 198, "clone": 220, "mount": 40, "clone3": 435]
    #else
        static let machine = SeccompEvaluator.x86_64
        static let numbers: [String: UInt32] = ["read": 0, "write": 1, "socket": 41, "clone": 56, "mount": 165, "clone3": 435]
    #endif

    func answer(_ filter: SeccompFilter, _ name: String, _ arguments: UInt64...) -> UInt32? {
        SeccompEvaluator(program: filter.program).run(Self.numbers[name]!, machine: Self.machine, arguments: arguments)
    }

    // MARK: Compiling

    @Test(
        arguments: [
            ("SCMP_ACT_KILL", nil, 0), ("SCMP_ACT_KILL_THREAD", nil, 0), ("SCMP_ACT_KILL_PROCESS", nil, 0x8000_0000),
            ("SCMP_ACT_TRAP", nil, 0x0003_0000), ("SCMP_ACT_ERRNO", nil, 0x0005_0001), ("SCMP_ACT_ERRNO", 38, 0x0005_0026),
            ("SCMP_ACT_TRACE", 7, 0x7ff0_0007), ("SCMP_ACT_LOG", nil, 0x7ffc_0000),
        ] as [(String, UInt32?, UInt32)])
    func compilesEveryAction(action: String, errno: UInt32?, expected: UInt32) throws {
        let rule = SeccompRule(names: ["write", "no_such_call"], action: action, errnoRet: errno)
        let filter = try SeccompFilter.compile(Self.profile("SCMP_ACT_ALLOW", rule))
        #expect(answer(filter, "write") == expected)
        #expect(answer(filter, "read") == 0x7fff_0000)
    }

    @Test(
        arguments: [
            ("SCMP_CMP_EQ", 5, nil, 5, 6), ("SCMP_CMP_NE", 5, nil, 6, 5), ("SCMP_CMP_LT", 5, nil, 4, 5),
            ("SCMP_CMP_LE", 5, nil, 5, 6),
            ("SCMP_CMP_GE", 5, nil, 5, 4), ("SCMP_CMP_GT", 5, nil, 6, 5), ("SCMP_CMP_MASKED_EQ", 0xf0, 0x10, 0x1f, 0x2f),
        ] as [(String, UInt64, UInt64?, UInt64, UInt64)])
    func compilesEveryComparison(op: String, value: UInt64, second: UInt64?, hit: UInt64, miss: UInt64) throws {
        let argument = SeccompArgument(index: 1, value: value, valueTwo: second, op: op)
        let filter = try SeccompFilter.compile(
            Self.profile("SCMP_ACT_ALLOW", SeccompRule(names: ["write"], action: "SCMP_ACT_ERRNO", args: [argument])))
        #expect(answer(filter, "write", 0, hit) == 0x0005_0001)
        #expect(answer(filter, "write", 0, miss) == 0x7fff_0000)
    }

    @Test func takesSeveralComparisonsOfOneArgumentAsAlternatives() throws {
        let arguments = [1, 2].map { SeccompArgument(index: 0, value: $0, op: "SCMP_CMP_EQ") }
        let filter = try SeccompFilter.compile(
            Self.profile("SCMP_ACT_ALLOW", SeccompRule(names: ["write"], action: "SCMP_ACT_ERRNO", args: arguments)))
        #expect([1, 2, 3].map { answer(filter, "write", $0) } == [0x0005_0001, 0x0005_0001, 0x7fff_0000])
    }

    static let wrong: [(String, Seccomp)] = [
        ("defaultAction", profile("SCMP_ACT_MAYBE")),
        ("SCMP_ACT_NOTIFY", profile("SCMP_ACT_ALLOW", SeccompRule(names: ["write"], action: "SCMP_ACT_NOTIFY"))),
        ("the action for write", profile("SCMP_ACT_ALLOW", SeccompRule(names: ["write"], action: "allow"))),
        ("errno", profile("SCMP_ACT_ALLOW", errno: 1)),
        ("architectures", profile { $0.architectures = ["SCMP_ARCH_VAX"] }),
        ("flags", profile { $0.flags = ["SECCOMP_FILTER_FLAG_SOMETHING"] }),
        (
            "write cannot be SCMP_ACT_NOTIFY",
            profile("SCMP_ACT_ALLOW", SeccompRule(names: ["write"], action: "SCMP_ACT_NOTIFY")) { $0.listenerPath = "/run/x" }
        ),
        ("listenerPath", profile("SCMP_ACT_ALLOW", SeccompRule(names: ["getpid"], action: "SCMP_ACT_NOTIFY"))),
        (
            "args.op",
            profile(
                "SCMP_ACT_ALLOW",
                SeccompRule(names: ["write"], action: "SCMP_ACT_ERRNO", args: [SeccompArgument(index: 0, value: 0, op: "==")]))
        ),
        (
            "index 6",
            profile(
                "SCMP_ACT_ALLOW",
                SeccompRule(
                    names: ["write"], action: "SCMP_ACT_ERRNO", args: [SeccompArgument(index: 6, value: 0, op: "SCMP_CMP_EQ")]))
        ),
    ]

    @Test(arguments: wrong.indices) func namesTheFieldThatIsWrong(index: Int) {
        let (field, profile) = Self.wrong[index]
        let error = #expect(throws: RuntimeError.self) { try SeccompFilter.compile(profile) }
        #expect(error?.message.contains(field) == true, "\(error?.message ?? "")")
    }

    @Test func passesFlagsOn() throws {
        let filter = try SeccompFilter.compile(
            Self.profile { $0.flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"] })
        #expect(filter.flags == 6)
    }

    @Test func answersENOSYSToCallsNewerThanTheProfile() throws {
        let filter = try SeccompFilter.compile(
            Self.profile("SCMP_ACT_ERRNO", SeccompRule(names: ["read", "mount", "socket"], action: "SCMP_ACT_ALLOW")))
        let evaluator = SeccompEvaluator(program: filter.program)
        let highest = ["read", "mount", "socket"].map { Self.numbers[$0]! }.max()!
        #expect(answer(filter, "read") == 0x7fff_0000)
        #expect(evaluator.run(highest - 1, machine: Self.machine, arguments: []) == 0x0005_0001)
        #expect(evaluator.run(highest, machine: Self.machine, arguments: []) == 0x7fff_0000)
        #expect(evaluator.run(highest + 1, machine: Self.machine, arguments: []) == 0x0005_0026)
    }

    // MARK: The default

    @Test func theDefaultAllowsRefusesAndDoesNotKnow() throws {
        let filter = try SeccompFilter.compile(DefaultSeccomp.profile())
        let (allow, refuse, unknown): (UInt32, UInt32, UInt32) = (0x7fff_0000, 0x0005_0001, 0x0005_0026)
        #expect(answer(filter, "read") == allow)
        #expect(answer(filter, "mount") == refuse)
        #expect(answer(filter, "clone3") == unknown)
        #expect(SeccompEvaluator(program: filter.program).run(900, machine: Self.machine, arguments: []) == unknown)
        #expect(answer(filter, "clone", 17) == allow)
        #expect(answer(filter, "clone", 0x1000_0011) == refuse)
        #expect(answer(filter, "clone", 0x7e02_0011) == refuse)
    }

    @Test func theDefaultLetsEverySocketButVsock() throws {
        let filter = try SeccompFilter.compile(DefaultSeccomp.profile())
        for family in UInt64(0)...47 where family != 40 { #expect(answer(filter, "socket", family, 1, 0) == 0x7fff_0000) }
        #expect(answer(filter, "socket", 40, 1, 0) == 0x0005_0061)
        #expect(answer(filter, "socket", 0x1_0000_0028, 1, 0) == 0x0005_0061, "the kernel takes the low 32 bits")
        #expect(answer(filter, "socket", 16, 3, 9) == 0x0005_005d)
        let audited = try SeccompFilter.compile(DefaultSeccomp.profile(capabilities: [.granted, .auditWrite]))
        #expect(answer(audited, "socket", 16, 3, 9) == 0x7fff_0000)
    }

    @Test func capabilitiesOpenMore() throws {
        let filter = try SeccompFilter.compile(DefaultSeccomp.profile(capabilities: .all))
        for name in ["mount", "clone3"] { #expect(answer(filter, name) == 0x7fff_0000) }
        #expect(answer(filter, "clone", 0x1000_0011) == 0x7fff_0000)
    }

    @Test func everyNameOfTheDefaultStandsOnce() {
        let ordinary = SystemCallNames.ordinary
        #expect(Set(ordinary).count == ordinary.count)
        for (_, names) in SystemCallNames.byCapability { #expect(Set(ordinary).isDisjoint(with: names)) }
    }
}
