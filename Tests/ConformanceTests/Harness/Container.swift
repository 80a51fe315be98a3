import Foundation

/// A container that `create` made.
struct Container {
    let lab: Lab
    let id: String
    let bundle: String
    let command: Command

    /// What its command has written to standard output so far.
    var out: String { command.out }

    func start() throws {
        let result = try lab.runtime("start", id)
        guard result.status == 0 else { throw Unmet("start: \(result)") }
    }

    func delete(force: Bool = false) throws {
        let result = try lab.command(["delete"] + (force ? ["--force"] : []) + [id]).finish()
        guard result.status == 0 else { throw Unmet("delete: \(result)") }
    }

    func kill(_ signal: String = "KILL") throws {
        let result = try lab.runtime("kill", id, signal)
        guard result.status == 0 else { throw Unmet("kill \(signal): \(result)") }
    }

    func state() throws -> JSON {
        let result = try lab.runtime("state", id)
        guard result.status == 0 else { throw Unmet("state: \(result)") }
        guard let object = try? JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? JSON else {
            throw Unmet("state prints no JSON object: \(result.text)")
        }
        return object
    }

    var status: String { get throws { try state()["status"] as? String ?? "" } }
    var pid: Int { get throws { try state()["pid"] as? Int ?? 0 } }

    func waits(for status: String) throws {
        guard try eventually({ try self.status == status }) else {
            throw Unmet("it does not become \(status): \(try self.status)")
        }
    }

    /// Waits for what its command prints.
    func prints(_ text: String) throws {
        guard eventually({ out.contains(text) }) else { throw Unmet("it does not print \"\(text)\": \"\(out)\"") }
    }

    func exec(_ words: String..., options: [String] = [], stdin: String = "") throws -> Outcome {
        try lab.command(["exec"] + options + [id] + words, stdin: stdin).finish()
    }

    /// Stops it for good and waits until it has.
    func stop() throws {
        try kill()
        try waits(for: "stopped")
    }
}
