internal import Linux
internal import OCI

/// Compiled filters on disk: compiling takes milliseconds, reading one does not.
///
/// The name is a hash; the file begins with all that decides on its program, which is compared: a collision, like anything
/// that is not the caller's own, is a miss. Failing to write costs time later, nothing else.
struct SeccompCache {
    private let directory: String
    private let key: [UInt8]

    private static let magic = Array("hako seccomp 1\n".utf8)
    private static let mostBytes = 1 << 20

    /// Nil when the directory is not the caller's alone to write.
    init?(directory: String, profile: Seccomp) {
        if !File.exists(directory) { try? File.makeDirectories(directory, mode: 0o700) }
        guard let status = try? File.linkStatus(directory), status.isDirectory, Self.isOwn(status) else { return nil }
        self.directory = directory
        key = Self.key(profile)
    }

    private static func isOwn(_ status: FileStatus) -> Bool {
        status.uid == Processes.userID && status.permissions & 0o022 == 0
    }

    private var path: String { "\(directory)/\(String(Self.hash(key), radix: 16)).bpf" }

    func read() -> [UInt8]? {
        guard let file = try? File.open(path, [.read, .noFollow]), let status = try? file.status(),
            status.kind == .regular, Self.isOwn(status), status.size < Self.mostBytes,
            let bytes = try? file.readToEnd(limit: Self.mostBytes)
        else { return nil }
        let head = header
        guard bytes.starts(with: head) else { return nil }
        // How many bytes the program has: a power cut may leave a file short.
        guard let end = bytes[head.count...].firstIndex(of: 0x0a),
            let count = Int(String(decoding: bytes[head.count..<end], as: UTF8.self))
        else { return nil }
        let program = bytes[(end + 1)...]
        return program.count == count && count > 0 && count % 8 == 0 ? Array(program) : nil
    }

    /// Staged and renamed; not forced to disk, since it can be made again.
    func write(_ program: [UInt8]) {
        try? File.replace(path, with: header + Array("\(program.count)\n".utf8) + program, mode: 0o600, durable: false)
    }

    /// The key with its length in front, so that no key is the beginning of another's file.
    private var header: [UInt8] { Self.magic + Array("\(key.count)\n".utf8) + key }

    /// FNV-1a, 64 bits.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }

    /// The profile in one spelling, and what else decides on the program. Strings carry their lengths: no two profiles are alike.
    private static func key(_ profile: Seccomp) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(16384)
        func text(_ value: String) {
            number(UInt64(value.utf8.count))
            key.append(contentsOf: value.utf8)
        }
        func number(_ value: UInt64) {
            key.append(contentsOf: String(value).utf8)
            key.append(0x20)
        }
        func optional(_ value: UInt32?) { number(value.map { UInt64($0) + 1 } ?? 0) }
        text(SeccompCompiler.identity)
        text(NewSystemCalls.identity)
        text(FilterReduction.identity)
        text(profile.defaultAction)
        optional(profile.defaultErrnoRet)
        let architectures = profile.architectures ?? []
        number(UInt64(architectures.count))
        for name in architectures { text(name) }
        let rules = profile.syscalls ?? []
        number(UInt64(rules.count))
        for rule in rules {
            text(rule.action)
            optional(rule.errnoRet)
            number(UInt64(rule.names.count))
            for name in rule.names { text(name) }
            let arguments = rule.args ?? []
            number(UInt64(arguments.count))
            for argument in arguments {
                number(UInt64(argument.index))
                number(argument.value)
                number(argument.valueTwo ?? 0)
                text(argument.op)
            }
        }
        return key
    }
}
