internal import Linux

/// What the launcher and the init say to each other over a socket of whole messages, with descriptors beside them.
enum InitMessage: Equatable {
    // From the launcher.
    /// Detached mounts come along, for the sources of these numbers.
    case sources([UInt16])
    /// The id maps are written and all sources have come.
    case proceed
    /// The container is recorded and its limits are set: the command may execute.
    case release

    // From the init, or from the process that joins namespaces on its behalf.
    /// The init's process id, as the launcher sees it; to the init itself once the runtime's hooks have run.
    case joined(pid: Int32)
    /// Everything is mounted: the hooks that come before the pivot may run.
    case furnished
    /// The terminal's controlling side comes along.
    case console
    /// The listener of a filter that notifies comes along.
    case listener
    /// All is set up; what is left is to wait for `start`, and to execute.
    case prepared
    case warning(String)
    case failed(RuntimeError.Kind, String)

    private static let largest = 4096

    var bytes: [UInt8] {
        switch self {
        case .sources(let numbers): [1] + numbers.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        case .proceed: [2]
        case .release: [8]
        case .joined(let pid): [3] + (0..<4).map { UInt8(truncatingIfNeeded: pid >> ($0 * 8)) }
        case .furnished: [9]
        case .console: [4]
        case .listener: [10]
        case .prepared: [5]
        case .warning(let text): [6] + text.utf8.prefix(Self.largest - 2)
        case .failed(let kind, let text): [7, kind.rawValue] + text.utf8.prefix(Self.largest - 2)
        }
    }

    init?(_ bytes: [UInt8]) {
        guard let type = bytes.first else { return nil }
        let rest = bytes.dropFirst()
        switch (type, rest.count) {
        case (1, let size) where size % 2 == 0:
            let values = Array(rest)
            self = .sources(stride(from: 0, to: size, by: 2).map { UInt16(values[$0]) | UInt16(values[$0 + 1]) << 8 })
        case (2, 0): self = .proceed
        case (8, 0): self = .release
        case (3, 4): self = .joined(pid: rest.reversed().reduce(0) { $0 << 8 | Int32($1) })
        case (9, 0): self = .furnished
        case (4, 0): self = .console
        case (10, 0): self = .listener
        case (5, 0): self = .prepared
        case (6, _): self = .warning(String(decoding: rest, as: UTF8.self))
        case (7, 1...):
            guard let kind = RuntimeError.Kind(rawValue: rest.first!) else { return nil }
            self = .failed(kind, String(decoding: rest.dropFirst(), as: UTF8.self))
        default: return nil
        }
    }

    func send(on socket: borrowing Descriptor, descriptors: [CInt] = []) throws(SystemError) {
        try Sockets.send(bytes, descriptors: descriptors, on: socket)
    }

    /// The next message; nil when the other side has closed, which the init's does by executing the command.
    static func receive(on socket: borrowing Descriptor) throws(RuntimeError) -> (message: InitMessage, descriptors: [CInt])? {
        let (bytes, descriptors) = try explaining("hear from the container's init") { () throws(SystemError) in
            do throws(SystemError) {
                return try Sockets.receive(on: socket, limit: largest)
            } catch  where error.errno == .connectionReset {
                // The other side ended without reading all that was sent to it. That is told once, before what it said last.
                return try Sockets.receive(on: socket, limit: largest)
            }
        }
        if bytes.isEmpty { return nil }
        guard let message = InitMessage(bytes) else { throw RuntimeError("the container's init sent a message of unknown type") }
        return (message, descriptors)
    }
}
