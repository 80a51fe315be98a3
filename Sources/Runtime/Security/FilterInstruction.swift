/// One instruction of classic BPF, as seccomp takes it: struct sock_filter (linux/filter.h, linux/seccomp.h).
struct FilterInstruction: Equatable {
    /// What libseccomp writes. The kernel takes more (checked by seccomp_check_filter in kernel/seccomp.c).
    enum Operation: UInt16 {
        /// Loads 32 bits of struct seccomp_data: BPF_LD | BPF_W | BPF_ABS.
        case load = 0x20
        /// BPF_ALU | BPF_AND | BPF_K.
        case and = 0x54
        /// BPF_JMP | BPF_JA: by as many instructions as the value says.
        case skip = 0x05
        /// BPF_JMP | BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET, each with BPF_K.
        case equal = 0x15
        case above = 0x25
        case atLeast = 0x35
        case anyBit = 0x45
        /// BPF_RET | BPF_K.
        case answer = 0x06
    }

    /// Offsets in struct seccomp_data.
    static let number: UInt32 = 0
    static let machine: UInt32 = 4
    static let size = 8

    var operation: Operation
    /// How many instructions are passed over when a comparison holds.
    var then: UInt8 = 0
    /// And when it does not.
    var otherwise: UInt8 = 0
    var value: UInt32

    init(_ operation: Operation, _ value: UInt32, then: UInt8 = 0, otherwise: UInt8 = 0) {
        self.operation = operation
        self.value = value
        self.then = then
        self.otherwise = otherwise
    }

    /// Nil for an operation of another kind.
    init?(_ bytes: ArraySlice<UInt8>) {
        let byte = { UInt32(bytes[bytes.startIndex + $0]) }
        guard let operation = Operation(rawValue: UInt16(byte(0) | byte(1) << 8)) else { return nil }
        self.init(
            operation, byte(4) | byte(5) << 8 | byte(6) << 16 | byte(7) << 24, then: UInt8(byte(2)), otherwise: UInt8(byte(3)))
    }

    /// In the byte order of x86-64 and arm64.
    var bytes: [UInt8] {
        let code = operation.rawValue
        return [UInt8(truncatingIfNeeded: code), UInt8(truncatingIfNeeded: code >> 8), then, otherwise]
            + (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// Nil when one of a program's instructions is of another kind.
    static func parse(_ program: [UInt8]) -> [FilterInstruction]? {
        guard program.count % size == 0 else { return nil }
        var instructions: [FilterInstruction] = []
        for start in stride(from: 0, to: program.count, by: size) {
            guard let instruction = FilterInstruction(program[start..<(start + size)]) else { return nil }
            instructions.append(instruction)
        }
        return instructions
    }
}
