internal import Linux

/// Device rules as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE, 8 bytes an instruction (struct bpf_insn). Pure.
///
/// The kernel calls it with `struct bpf_cgroup_dev_ctx`: the access asked for and the kind in one word, major, minor; 1
/// permits, 0 refuses. The rules are walked from the last to the first with the accesses that no rule has decided yet, so
/// that opening for reading and writing is permitted also where two rules permit one each, as v1 does.
///
/// Each test loads what it looks at anew: with nothing but the accesses in a register from rule to rule, the kernel's check sees at a
/// rule's beginning that it has been there, and does not follow every way through all rules: 0.65 ms became 0.49.
package enum DeviceProgram {
    package static func instructions(_ rules: [DeviceRule]) -> [UInt64] {
        var code: [UInt64] = [
            load(.access, from: 0),
            shiftRight(.access, by: 16),
        ]
        for rule in rules.reversed() {
            code += block(rule)
            // What stands before a rule for everything is never reached, and the kernel refuses such code.
            if rule.kind == .all, rule.access == .any, rule.major == nil, rule.minor == nil { return code }
        }
        return code + [set(.result, to: 1), exit]
    }

    /// What decides on one rule: tests that skip to its end, then the verdict.
    private static func block(_ rule: DeviceRule) -> [UInt64] {
        let access = Int32(rule.access.rawValue)
        var verdict: [UInt64]
        if rule.access == .any {
            // Something is still asked, so this decides. Also the kernel's check stays short: no path goes on from here.
            verdict = [set(.result, to: rule.allow ? 1 : 0), exit]
        } else if rule.allow {
            // Take what it permits from what is asked; done when nothing is left.
            verdict = [
                and(.access, with: Int32(DeviceRule.Access.any.subtracting(rule.access).rawValue)),
                jump(ifNot: 0, .access, over: 2), set(.result, to: 1), exit,
            ]
        } else {
            verdict = [
                move(.scratch, to: .access), and(.scratch, with: access),
                jump(if: 0, .scratch, over: 2), set(.result, to: 0), exit,
            ]
        }
        func only(where offset: Int, _ mask: [UInt64] = [], is value: Int32) {
            verdict = [load(.scratch, from: offset)] + mask + [jump(ifNot: value, .scratch, over: verdict.count)] + verdict
        }
        if let minor = rule.minor { only(where: 8, is: Int32(bitPattern: minor)) }
        if let major = rule.major { only(where: 4, is: Int32(bitPattern: major)) }
        if rule.kind != .all { only(where: 0, [and(.scratch, with: 0xffff)], is: rule.kind == .block ? 1 : 2) }
        return verdict
    }

    // MARK: Instructions (linux/bpf.h, linux/bpf_common.h)

    private enum Register: UInt64 {
        case result = 0
        case context = 1
        case scratch = 2
        case access = 3
    }

    private static func encode(
        _ code: UInt64, _ destination: Register, _ source: Register = .result, offset: Int = 0, value: Int32 = 0
    ) -> UInt64 {
        code | destination.rawValue << 8 | source.rawValue << 12 | UInt64(UInt16(truncatingIfNeeded: offset)) << 16
            | UInt64(UInt32(bitPattern: value)) << 32
    }

    /// BPF_LDX | BPF_MEM | BPF_W: a word of the context.
    private static func load(_ register: Register, from offset: Int) -> UInt64 {
        encode(0x61, register, .context, offset: offset)
    }
    /// BPF_ALU | BPF_MOV | BPF_X, 32 bits.
    private static func move(_ register: Register, to source: Register) -> UInt64 { encode(0xbc, register, source) }
    /// BPF_ALU64 | BPF_MOV | BPF_K.
    private static func set(_ register: Register, to value: Int32) -> UInt64 { encode(0xb7, register, value: value) }
    /// BPF_ALU | BPF_AND | BPF_K.
    private static func and(_ register: Register, with value: Int32) -> UInt64 { encode(0x54, register, value: value) }
    /// BPF_ALU | BPF_RSH | BPF_K.
    private static func shiftRight(_ register: Register, by bits: Int32) -> UInt64 { encode(0x74, register, value: bits) }
    /// BPF_JMP32 | BPF_JEQ | BPF_K: 32 bits, so that no sign is extended.
    private static func jump(if value: Int32, _ register: Register, over count: Int) -> UInt64 {
        encode(0x16, register, offset: count, value: value)
    }
    /// BPF_JMP32 | BPF_JNE | BPF_K.
    private static func jump(ifNot value: Int32, _ register: Register, over count: Int) -> UInt64 {
        encode(0x56, register, offset: count, value: value)
    }
    /// BPF_JMP | BPF_EXIT.
    private static let exit: UInt64 = 0x95
}
