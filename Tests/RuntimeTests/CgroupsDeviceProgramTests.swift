import OCI
import Testing

@testable import Runtime

/// Runs the few eBPF instructions a device program consists of.
struct DeviceProgramEvaluator {
    let code: [UInt64]

    func run(kind: UInt64, access: UInt64, major: UInt64, minor: UInt64) -> UInt64? {
        let context = [access << 16 | kind, major, minor]
        var registers = [UInt64](repeating: 0, count: 11)
        var at = 0
        var steps = 0
        while at < code.count, steps < 10_000 {
            let word = code[at]
            let (destination, source) = (Int(word >> 8 & 15), Int(word >> 12 & 15))
            let offset = Int(Int16(truncatingIfNeeded: word >> 16))
            let value = word >> 32
            at += 1
            steps += 1
            switch word & 0xff {
            case 0x61: registers[destination] = context[offset / 4]
            case 0xbc: registers[destination] = registers[source] & 0xffff_ffff
            case 0xb7: registers[destination] = value
            case 0x54: registers[destination] &= value
            case 0x74: registers[destination] = (registers[destination] & 0xffff_ffff) >> value
            case 0x16: if registers[destination] & 0xffff_ffff == value { at += offset }
            case 0x56: if registers[destination] & 0xffff_ffff != value { at += offset }
            case 0x95: return registers[0]
            default: return nil
            }
        }
        return nil
    }
}

@Suite struct CgroupsDeviceProgramTests {
    /// What the rules mean, said another way: each access by the last rule that speaks of it.
    static func permits(
        _ rules: [DeviceRule], _ kind: DeviceRule.Kind, _ access: DeviceRule.Access, _ major: UInt32, _ minor: UInt32
    ) -> Bool {
        for bit in [DeviceRule.Access.makeNode, .read, .write] where access.contains(bit) {
            let last = rules.last {
                ($0.kind == .all || $0.kind == kind) && ($0.major ?? major) == major && ($0.minor ?? minor) == minor
                    && $0.access.contains(bit)
            }
            if last?.allow == false { return false }
        }
        return true
    }

    static let sets: [[DeviceRule]] = [
        [],
        [DeviceRule(allow: false, kind: .all)],
        [DeviceRule(allow: false, kind: .all)] + DeviceRule.always,
        [
            DeviceRule(allow: false, kind: .all), DeviceRule(allow: true, kind: .character, major: 1, minor: 3, access: .read),
            DeviceRule(allow: true, kind: .character, major: 1, minor: 3, access: .write),
            DeviceRule(allow: true, kind: .block, major: 8),
            DeviceRule(allow: false, kind: .block, major: 8, minor: 1, access: .write),
        ],
        [DeviceRule(allow: false, kind: .block), DeviceRule(allow: true, kind: .all, access: .read)],
        [DeviceRule(allow: true, kind: .block), DeviceRule(allow: false, kind: .all), DeviceRule(allow: true, kind: .all)],
        [DeviceRule(allow: false, kind: .character, minor: 3), DeviceRule(allow: true, kind: .character, major: 0xffff_fff0)],
    ]

    @Test(arguments: sets.indices) func decidesAsTheRulesSay(index: Int) {
        let rules = Self.sets[index]
        let program = DeviceProgramEvaluator(code: DeviceProgram.instructions(rules))
        for (kind, number) in [(DeviceRule.Kind.block, UInt64(1)), (.character, 2)] {
            for access in UInt8(1)...7 {
                for major in [UInt32(1), 5, 8, 136, 0xffff_fff0] {
                    for minor in [UInt32(0), 1, 3, 200] {
                        let expected = Self.permits(rules, kind, .init(rawValue: access), major, minor)
                        let found = program.run(kind: number, access: UInt64(access), major: UInt64(major), minor: UInt64(minor))
                        #expect(found == (expected ? 1 : 0), "\(kind) \(access) \(major):\(minor)")
                    }
                }
            }
        }
    }

    @Test func takesRulesOfTheConfiguration() throws {
        #expect(try DeviceRule.all(from: .init(allow: true, major: 5)).map(\.text) == ["c 5:* rwm", "b 5:* rwm"])
        #expect(
            try DeviceRule.all(from: .init(allow: true, type: "c", major: -1, minor: 2, access: "r")).map(\.text) == ["c *:2 r"])
        #expect(try DeviceRule.all(from: .init(allow: false, access: "rwm")).map(\.text) == ["a"])
    }
}
