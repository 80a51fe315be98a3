/// Runs the classic BPF of a seccomp filter on one system call (linux/filter.h, struct seccomp_data).
struct SeccompEvaluator {
    static let x86_64: UInt32 = 0xc000_003e
    static let arm64: UInt32 = 0xc000_00b7

    let program: [UInt8]

    func run(_ number: UInt32, machine: UInt32, arguments: [UInt64]) -> UInt32? {
        var data = [UInt32](repeating: 0, count: 16)
        data[0] = number
        data[1] = machine
        for (index, argument) in arguments.enumerated() {
            data[4 + 2 * index] = UInt32(truncatingIfNeeded: argument)
            data[5 + 2 * index] = UInt32(truncatingIfNeeded: argument >> 32)
        }
        var accumulator: UInt32 = 0
        var at = 0
        while at * 8 < program.count {
            let base = at * 8
            let code = UInt16(program[base]) | UInt16(program[base + 1]) << 8
            let (then, otherwise) = (Int(program[base + 2]), Int(program[base + 3]))
            let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(program[base + 4 + $1]) << UInt32(8 * $1) }
            at += 1
            switch code {
            case 0x20: accumulator = data[Int(value / 4)]
            case 0x54: accumulator &= value
            case 0x05: at += Int(value)
            case 0x15: at += accumulator == value ? then : otherwise
            case 0x25: at += accumulator > value ? then : otherwise
            case 0x35: at += accumulator >= value ? then : otherwise
            case 0x45: at += accumulator & value != 0 ? then : otherwise
            case 0x06: return value
            default: return nil
            }
        }
        return nil
    }
}
