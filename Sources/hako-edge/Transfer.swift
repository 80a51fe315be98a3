internal import EdgeProtocol
internal import Flags
internal import JSON
internal import Linux
internal import Registry
internal import Synchronization

/// Requests from standard input, events to standard output, until standard input ends.
struct Transfer: Command {
    static let name = "transfer"
    static let summary = "Carry out requests from standard input (for hako)."
    static let isHidden = true

    var globals = EdgeFlags()
    var words: [String] = []

    /// A manifest of 4 MiB with every byte escaped is below it.
    static let longestLine = 32 << 20

    func run() throws -> Int32 {
        let service = EdgeService(options: globals.options)
        let output = EventOutput()
        var rest: [UInt8] = []
        while true {
            let bytes = try StandardStreams.readInput(upTo: 65536)
            guard !bytes.isEmpty else { break }
            var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
            let tail = lines.removeLast()
            for line in lines {
                rest += line
                let request = try read(rest)
                rest = []
                Task.detached { await service.handle(request) { output.write($0) } }
            }
            rest += tail
            guard rest.count <= Self.longestLine else { throw UsageError("a request is longer than \(Self.longestLine) bytes") }
        }
        guard rest.isEmpty else { throw UsageError("standard input ends in the middle of a request") }
        // What is under way is given up with the process.
        return 0
    }

    private func read(_ line: [UInt8]) throws -> EdgeRequest {
        do {
            return try EdgeRequest(parsing: line)
        } catch {
            throw UsageError("a request on standard input: \(error)")
        }
    }
}

/// Whole lines, one after the other. Whoever reads slowly slows the transfers down.
final class EventOutput: Sendable {
    private let lock = Mutex(())

    func write(_ event: EdgeEvent) {
        let line = event.json.bytes() + [10]
        lock.withLock { _ in
            // Nobody reads any more: there is nobody to work for.
            do { try StandardStreams.writeOutput(line) } catch { Processes.exitNow(1) }
        }
    }
}
