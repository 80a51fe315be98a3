import OCI
import Testing

@testable import Runtime

/// A filter decides the same before and after it is made shorter: of profiles, and of programs that nobody would write.
@Suite struct SecuritySeccompReductionTests {
    static let machines: [UInt32] = [0xc000_003e, 0x4000_0003, 0x4000_003e, 0xc000_00b7, 0x4000_0028, 0, .max]
    /// All that libseccomp knows, of x32 too, and the ends.
    static let numbers: [UInt32] = Array(0..<480) + (0x4000_0000..<0x4000_0230) + [0x3fff_ffff, 0x7fff_ffff, 0x8000_0000, .max]

    /// Each system call with arguments that are near what the program compares with, in either half.
    static func differences(_ first: [UInt8], _ second: [UInt8], numbers: [UInt32] = numbers) throws -> [String] {
        let values = Set(try #require(FilterInstruction.parse(first)).map { $0.value }).flatMap { [$0 &- 1, $0, $0 &+ 1] }
        let words = values.flatMap { [UInt64($0), UInt64($0) << 32, UInt64($0) << 32 | 0xffff_ffff] }
        let (one, other) = (SeccompEvaluator(program: first), SeccompEvaluator(program: second))
        var found: [String] = []
        for machine in machines {
            for number in numbers + values {
                let shift = Int(number &+ machine)
                for turn in 0..<4 {
                    let arguments = (0..<6).map { words[(shift &* 31 &+ turn &* 7919 &+ $0 &* 104_729) % words.count] }
                    let answers = [one, other].map { $0.run(number, machine: machine, arguments: arguments) }
                    if answers[0] == nil || answers[0] != answers[1] {
                        found.append("\(machine) \(number) \(arguments): \(answers)")
                    }
                }
            }
        }
        return found
    }

    static let fewNumbers: [UInt32] = [0, 1, 250, 499, 500, 0x4000_0000, .max]

    static func program(of profile: Seccomp) throws -> [UInt8] {
        try NewSystemCalls.stub(for: profile) + SeccompCompiler(profile).program()
    }

    static let profiles: [Seccomp] = {
        let names = ["read", "write", "close", "socket", "mount", "clone", "ioctl"]
        let compared = zip(names, SeccompProfile.operators).enumerated().map { index, rule in
            let argument = SeccompArgument(index: UInt32(index % 6), value: 0x1_0000_0005, valueTwo: 4, op: rule.1)
            return SeccompRule(names: [rule.0], action: "SCMP_ACT_ERRNO", errnoRet: 7, args: [argument])
        }
        var plain = Seccomp(defaultAction: "SCMP_ACT_ALLOW")
        let allowed = SystemCallNames.ordinary.filter { !names.contains($0) }
        let every = SeccompRule(names: allowed, action: "SCMP_ACT_LOG")
        plain.syscalls = compared + [every]
        var strict = Seccomp(defaultAction: "SCMP_ACT_KILL_PROCESS")
        strict.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
        strict.syscalls = compared + [every]
        return [DefaultSeccomp.profile(), DefaultSeccomp.profile(capabilities: .all), plain, strict]
    }()

    @Test(arguments: profiles.indices) func aProfileDecidesTheSame(index: Int) throws {
        let program = try Self.program(of: Self.profiles[index])
        let reduced = FilterReduction.reduce(program)
        #expect(reduced.count < program.count)
        #expect(try Self.differences(program, reduced).prefix(3) == [])
    }

    @Test func theDefaultTakesAThirdOfTheInstructions() throws {
        let program = try Self.program(of: DefaultSeccomp.profile())
        #expect(FilterReduction.reduce(program).count * 3 < program.count)
    }

    /// Any order of loads, comparisons and answers: numbers reloaded behind arguments, the machine looked at twice, far jumps.
    @Test func anyProgramDecidesTheSame() throws {
        var random = RandomPrograms(seed: 42)
        var shorter = 0
        for _ in 0..<40 {
            let program = random.program().flatMap(\.bytes)
            let reduced = FilterReduction.reduce(program)
            if reduced.count < program.count { shorter += 1 }
            let differences = try Self.differences(program, reduced, numbers: Self.fewNumbers)
            try #require(differences.prefix(3) == [], "\(program)")
        }
        #expect(shorter > 10)
    }

    @Test func whatIsNotUnderstoodStaysAsItIs() {
        let strange: [[FilterInstruction]] = [
            [.init(.load, 4), .init(.above, 7, otherwise: 1), .init(.answer, 1), .init(.answer, 2)],
            [.init(.load, 0), .init(.and, 1), .init(.equal, 1, then: 0, otherwise: 0), .init(.answer, 2)],
            [.init(.load, 0), .init(.equal, 1, then: 200, otherwise: 0), .init(.answer, 2)],
            [.init(.skip, .max), .init(.answer, 2)],
        ]
        // Behind them what is never reached: one that was understood would come back without it.
        let unreached = [UInt8](repeatElement(FilterInstruction(.answer, 3).bytes, count: 20).joined())
        #expect(FilterReduction.reduce(FilterInstruction(.answer, 1).bytes + unreached).count < unreached.count)
        for program in strange.map({ $0.flatMap(\.bytes) + unreached }) { #expect(FilterReduction.reduce(program) == program) }
        let unknown: [UInt8] = [0x61, 0, 0, 0, 0, 0, 0, 0] + unreached
        #expect(FilterReduction.reduce(unknown) == unknown)
        for cut in [[], FilterInstruction(.load, 16).bytes] { #expect(FilterReduction.reduce(cut) == cut) }
        #expect(FilterReduction.reduce([1, 2, 3]) == [1, 2, 3])
    }

    /// Programs by a linear congruential generator: the same ones each time.
    struct RandomPrograms {
        private var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }

        mutating func program() -> [FilterInstruction] {
            let length = [12, 40, 700][next(3)]
            // Mostly one after the other, as compilers write: comparisons that pass over one or two.
            let near = next(2) == 0
            var program = [FilterInstruction(.load, [0, 4][next(2)])]
            while program.count < length {
                let left = length - program.count
                let reach = UInt32(min(left, near ? 3 : 255))
                switch next(10) {
                case 0: program.append(.init(.load, [0, 0, 4, 16, 20, 24, 56][next(7)]))
                case 1: program.append(.init(.answer, UInt32([1, 2, 3, 0x7fff_0000][next(4)])))
                case 2: program.append(.init(.skip, UInt32(next(Int(reach)))))
                default:
                    let operation = [FilterInstruction.Operation.equal, .equal, .above, .atLeast][next(4)]
                    let value = next(6) == 0 ? SecuritySeccompReductionTests.machines[next(7)] : UInt32(next(500))
                    program.append(.init(operation, value, then: UInt8(next(Int(reach))), otherwise: UInt8(next(Int(reach)))))
                }
            }
            return program + [.init(.answer, 5)]
        }
    }
}
