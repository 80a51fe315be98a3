import Testing

@testable import Runtime

@Suite struct InitMessageTests {
    static let messages: [InitMessage] = [
        .sources([0, 1, 65535]), .sources([]), .proceed, .release, .joined(pid: 123_456), .console, .furnished, .listener,
        .prepared,
        .warning("a warning"),
        .failed(.notFound, "exec: \"x\""), .failed(.runtime, ""),
    ]

    @Test(arguments: messages)
    func survives(_ message: InitMessage) { #expect(InitMessage(message.bytes) == message) }

    @Test func longTextIsCut() {
        let long = InitMessage.failed(.runtime, String(repeating: "x", count: 10_000)).bytes
        #expect(long.count <= 4096 && InitMessage(long) != nil)
    }

    @Test(arguments: [[], [0], [99], [1, 2], [2, 0], [3, 1, 2], [7], [7, 3, 65]] as [[UInt8]])
    func refuses(_ bytes: [UInt8]) { #expect(InitMessage(bytes) == nil) }
}

@Suite struct MonitorMessageTests {
    static let messages: [MonitorMessage] = [
        .input([1, 2, 3]), .inputClosed, .resize(columns: 300, rows: 2), .signal(64), .started(pid: 70_000),
        .failed(code: 127, message: "not found"), .output([]), .errorOutput([255]), .exited(code: 137, outOfMemory: true),
        .warning("w"),
    ]

    /// However the stream cuts them.
    @Test(arguments: [1, 2, 3, 7, 4096])
    func survivesAnyCut(_ size: Int) throws {
        let stream = Self.messages.flatMap(\.frame)
        var reader = MonitorMessageReader()
        var found: [MonitorMessage] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            reader.append(Array(stream[start..<min(start + size, stream.count)]))
            while let message = try reader.next() { found.append(message) }
        }
        #expect(found == Self.messages)
    }

    @Test(
        arguments: [
            [18, 0, 0, 0, 1, 0, 1, 0], [99, 0, 0, 0, 0, 0, 0, 0], [3, 0, 0, 0, 1, 0, 0, 0, 9], [20, 0, 0, 0, 255, 255, 255, 255],
        ] as [[UInt8]])
    func refusesWhatIsTooLongOrUnknown(_ bytes: [UInt8]) {
        var reader = MonitorMessageReader()
        reader.append(bytes)
        #expect(throws: MonitorMessageReader.Malformed.self) { try reader.next() }
    }

    @Test func manyMessagesTakeNoMoreMemory() throws {
        var reader = MonitorMessageReader()
        let frame = MonitorMessage.output([UInt8](repeating: 1, count: 30_000)).frame
        for _ in 0..<2000 {
            reader.append(frame)
            #expect(try reader.next() != nil)
        }
        #expect(try reader.next() == nil)
    }
}
