import EdgeProtocol
import Foundation
import JSON
import Synchronization
import Testing

/// A program that a test started, and ends.
final class Child {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    private var buffered: [UInt8] = []

    init(_ path: String, _ arguments: [String], environment: [String: String]? = nil, isQuiet: Bool = false) throws {
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        if let environment { process.environment = environment }
        process.standardInput = input
        process.standardOutput = output
        if isQuiet { process.standardError = FileHandle.nullDevice }
        try process.run()
    }

    /// The next line of its output; nil at the end.
    func line() -> [UInt8]? {
        while true {
            if let end = buffered.firstIndex(of: 10) {
                let line = Array(buffered[..<end])
                buffered.removeFirst(end + 1)
                return line
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty {
                defer { buffered = [] }
                return buffered.isEmpty ? nil : buffered
            }
            buffered += more
        }
    }

    /// Ends its input, waits for it.
    func finish() -> Int32 {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus
    }

    func stop() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }
}

/// Paths, and what this machine has.
enum Machine {
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// HAKO_EDGE, or what `make debug` built.
    static var edge: String {
        ProcessInfo.processInfo.environment["HAKO_EDGE"] ?? project.appending(path: ".build/debug/hako-edge").path
    }

    static func has(_ programs: String...) -> Bool {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return programs.allSatisfy { program in
            path.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
        }
    }

    /// Runs a program to its end.
    @discardableResult
    static func run(_ path: String, _ arguments: String...) throws -> String {
        let child = try Child(path, arguments, isQuiet: true)
        var text: [String] = []
        while let line = child.line() { text.append(String(decoding: line, as: UTF8.self)) }
        guard child.finish() == 0 else { throw Problem("\(path) \(arguments) failed") }
        return text.joined(separator: "\n")
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}

/// A folder for one test.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "hako-edge-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ data: Data = Data()) throws -> String {
        try data.write(to: URL(filePath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    func data(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(path)/\(name)")) }
}

/// Runs requests through one edge, all at once, and gives what it answers each.
enum Edge {
    struct Answer {
        var events: [EdgeEvent] = []
        var last: EdgeEvent { events.last ?? EdgeEvent() }
        var progress: [Int64] { events.compactMap { $0.kind == .progress ? $0.have : nil } }
        func first(_ kind: EdgeEvent.Kind) -> EdgeEvent? { events.first { $0.kind == kind } }
    }

    static func ask(
        _ flags: [String] = [], environment: [String: String] = [:], _ requests: EdgeRequest...
    ) throws -> [Answer] {
        var variables = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"]
        variables.merge(environment) { $1 }
        let child = try Child(Machine.edge, flags + ["transfer"], environment: variables)
        defer { child.stop() }
        for (id, request) in requests.enumerated() {
            var request = request
            request.id = id
            try child.input.fileHandleForWriting.write(contentsOf: Data(request.json.bytes() + [10]))
        }
        var answers = Array(repeating: Answer(), count: requests.count)
        var open = requests.count
        while open > 0 {
            guard let line = child.line() else { throw Machine.Problem("the edge ended early") }
            let event = try EdgeEvent(parsing: line)
            answers[event.id].events.append(event)
            if event.kind == .done || event.kind == .error { open -= 1 }
        }
        #expect(child.finish() == 0)
        return answers
    }

    static func manifest(_ repository: String, _ reference: String = "v1") -> EdgeRequest {
        var request = EdgeRequest(.manifest, id: 0)
        request.repository = repository
        request.reference = reference
        request.accept = ["application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"]
        return request
    }

    static func blob(_ repository: String, _ blob: Blob, into file: String, offset: Int64? = nil) -> EdgeRequest {
        var request = EdgeRequest(.blob, id: 0)
        request.repository = repository
        request.digest = blob.digest
        request.size = blob.size
        request.file = file
        request.offset = offset
        return request
    }

    static func upload(_ repository: String, _ blob: Blob, mountFrom: [String]? = nil) -> EdgeRequest {
        var request = Edge.blob(repository, blob, into: blob.file)
        request.operation = .upload
        request.mountFrom = mountFrom
        return request
    }

    static func login(_ registry: String, _ username: String, _ password: String) -> EdgeRequest {
        var request = EdgeRequest(.login, id: 0)
        request.registry = registry
        request.username = username
        request.password = password
        return request
    }

    static func other(
        _ operation: EdgeRequest.Operation, repository: String? = nil, registry: String? = nil, term: String? = nil
    ) -> EdgeRequest {
        var request = EdgeRequest(operation, id: 0)
        request.repository = repository
        request.registry = registry
        request.term = term
        return request
    }
}

/// Bytes with a digest, in a file.
struct Blob: JSONRecord {
    var digest = ""
    var size: Int64 = 0
    var file = ""
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("digest", &digest)
        try fields("size", &size)
        try fields("file", &file)
    }
}
