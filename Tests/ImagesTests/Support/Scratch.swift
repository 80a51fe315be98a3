import Foundation
import Images
import Linux
import Testing

/// A directory of a test's own, gone afterwards.
struct Scratch {
    let path: String

    subscript(name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ bytes: [UInt8]) throws { try File.replace(self[name], with: bytes, mode: 0o644) }
    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
    func makeDirectory(_ name: String, mode: UInt32 = 0o755) throws { try File.makeDirectories(self[name], mode: mode) }
    func text(_ name: String) throws -> String { String(decoding: try File.read(self[name]), as: UTF8.self) }

    /// Runs a script of the shell in the directory; its output.
    @discardableResult
    func shell(_ script: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-ec", script]
        process.currentDirectoryURL = URL(filePath: path)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ShellFailure(script: script, output: text) }
        return text
    }

    /// Writes a tar by Python's tarfile; `body` has it open as `t`, and `add(name, type, data, **fields)` at hand.
    func python(_ name: String, _ body: String, format: String = "PAX_FORMAT", mode: String = "w") throws {
        let script = """
            import tarfile, io, sys
            t = tarfile.open(sys.argv[1], '\(mode)', format=tarfile.\(format))
            def add(name, type=tarfile.REGTYPE, data=b'', **fields):
                i = tarfile.TarInfo(name); i.type = type; i.size = len(data)
                for k, v in fields.items(): setattr(i, k, v)
                t.addfile(i, io.BytesIO(data))
            \(body)
            t.close()
            """
        try write("script.py", script)
        try shell("python3 script.py '\(name)'; rm script.py")
    }
}

struct ShellFailure: Error, CustomStringConvertible {
    let script: String
    let output: String
    var description: String { "\(script)\n\(output)" }
}

/// Where the tests work: a file system with user attributes and device nodes.
func withScratch(_ body: (Scratch) throws -> Void) throws {
    let path = "/var/tmp/hako-images-test-\(UUID().uuidString)"
    try File.makeDirectory(path, mode: 0o755)
    defer { try? TreeRemover.remove(path) }
    try body(Scratch(path: path))
}

/// Runs `body` on a thread that has become another user, with no rights of root's.
func asUser<Result: Sendable>(_ uid: UInt32, _ body: @escaping @Sendable () throws -> Result) throws -> Result {
    let outcome = Outcome<Result>()
    let thread = Thread {
        outcome.set(
            Swift.Result {
                try Credentials.setGroup(uid)
                try Credentials.setUser(uid)
                return try body()
            })
    }
    thread.stackSize = 4 << 20
    thread.start()
    return try outcome.wait().get()
}

/// A value that another thread brings.
final class Outcome<Value: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var value: Result<Value, any Error>?

    func set(_ value: Result<Value, any Error>) {
        condition.withLock {
            self.value = value
            condition.broadcast()
        }
    }

    func wait() -> Result<Value, any Error> {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let value { return value }
            condition.wait()
        }
    }
}

let isRoot = FileManager.default.isWritableFile(atPath: "/proc/1/environ")
