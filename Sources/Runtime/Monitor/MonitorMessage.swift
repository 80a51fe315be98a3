/// What the monitor and those attached to it say to each other over a stream socket: the one `hako` hands over when it
/// spawns the monitor, and each that connects to the container's attach socket.
///
/// A frame is an 8-byte header (type, three zero bytes, the payload's length in little endian) and the payload.
/// Closing the socket is detaching; the container goes on.
public enum MonitorMessage: Equatable, Sendable {
    // From a client to the monitor.
    /// Bytes for the container's standard input, or its terminal.
    case input([UInt8])
    /// Nothing more will come: the container reads end of file.
    case inputClosed
    /// The client's terminal has this size now.
    case resize(columns: UInt16, rows: UInt16)
    /// A signal for the container's first process.
    case signal(Int32)

    /// How the container is connected, and which ports of the host's it has, is written down anew.
    case networksChanged

    // From the monitor to a client.
    /// The command runs; the process id is the host's.
    case started(pid: Int32)
    /// The command could not be started; `code` is 125, 126 or 127.
    case failed(code: UInt8, message: String)
    case output([UInt8])
    case errorOutput([UInt8])
    /// The container has stopped, its exit is recorded, its control group is gone.
    case exited(code: Int32, outOfMemory: Bool)
    /// One line for the user that is not an error.
    case warning(String)
    /// The monitor follows it; or why it does not.
    case networksFollowed(String)

    /// The largest payload; a header that announces more is an error.
    public static let largestPayload = 64 << 10
    public static let headerSize = 8

    private var type: UInt8 {
        switch self {
        case .input: 1
        case .inputClosed: 2
        case .resize: 3
        case .signal: 4
        case .networksChanged: 5
        case .started: 16
        case .failed: 17
        case .output: 18
        case .errorOutput: 19
        case .exited: 20
        case .warning: 21
        case .networksFollowed: 22
        }
    }

    /// The frame to write. Text longer than a payload may be is cut.
    public var frame: [UInt8] {
        var payload: [UInt8] = []
        switch self {
        case .input(let bytes), .output(let bytes), .errorOutput(let bytes): payload = bytes
        case .inputClosed, .networksChanged: break
        case .resize(let columns, let rows): payload = columns.littleEndianBytes + rows.littleEndianBytes
        case .signal(let number): payload = number.littleEndianBytes
        case .started(let pid): payload = pid.littleEndianBytes
        case .failed(let code, let message): payload = [code] + Array(message.utf8.prefix(Self.largestPayload - 1))
        case .exited(let code, let outOfMemory): payload = code.littleEndianBytes + [outOfMemory ? 1 : 0]
        case .warning(let text), .networksFollowed(let text): payload = Array(text.utf8.prefix(Self.largestPayload))
        }
        precondition(payload.count <= Self.largestPayload)
        return [type, 0, 0, 0] + UInt32(payload.count).littleEndianBytes + payload
    }

    /// Reads one frame's payload; nil for a type or a length that this version does not know.
    init?(type: UInt8, payload: ArraySlice<UInt8>) {
        switch (type, payload.count) {
        case (1, _): self = .input(Array(payload))
        case (2, 0): self = .inputClosed
        case (3, 4):
            self = .resize(columns: .init(littleEndian: payload.prefix(2)), rows: .init(littleEndian: payload.dropFirst(2)))
        case (4, 4): self = .signal(.init(littleEndian: payload))
        case (5, 0): self = .networksChanged
        case (16, 4): self = .started(pid: .init(littleEndian: payload))
        case (17, 1...): self = .failed(code: payload.first!, message: String(decoding: payload.dropFirst(), as: UTF8.self))
        case (18, _): self = .output(Array(payload))
        case (19, _): self = .errorOutput(Array(payload))
        case (20, 5): self = .exited(code: .init(littleEndian: payload.prefix(4)), outOfMemory: payload.last == 1)
        case (21, _): self = .warning(String(decoding: payload, as: UTF8.self))
        case (22, _): self = .networksFollowed(String(decoding: payload, as: UTF8.self))
        default: return nil
        }
    }
}

/// Puts frames together from whatever pieces a stream delivers.
public struct MonitorMessageReader: Sendable {
    public struct Malformed: Error, Sendable {}

    private var buffer: [UInt8] = []
    private var start = 0

    public init() {}

    public mutating func append(_ bytes: [UInt8]) {
        if start == buffer.count {
            buffer = bytes
            start = 0
        } else {
            buffer += bytes
        }
    }

    /// The next whole message, or nil when more bytes are needed.
    public mutating func next() throws(Malformed) -> MonitorMessage? {
        let available = buffer[start...]
        guard available.count >= MonitorMessage.headerSize else { return nil }
        let length = Int(UInt32(littleEndian: available.dropFirst(4).prefix(4)))
        guard length <= MonitorMessage.largestPayload else { throw Malformed() }
        guard available.count >= MonitorMessage.headerSize + length else { return nil }
        let payload = available.dropFirst(MonitorMessage.headerSize).prefix(length)
        guard let message = MonitorMessage(type: available.first!, payload: payload) else { throw Malformed() }
        start += MonitorMessage.headerSize + length
        if start > 256 << 10 {
            buffer.removeFirst(start)
            start = 0
        }
        return message
    }
}

extension FixedWidthInteger {
    fileprivate var littleEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> Self($0 * 8)) }
    }

    fileprivate init(littleEndian bytes: ArraySlice<UInt8>) {
        self = bytes.reversed().reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
    }
}
