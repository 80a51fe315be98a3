import Flags
import JSON
import Linux
import OCI
import Runtime

/// Mounts more into a container that runs.
struct MountsAdd: RuntimeCommand {
    static let name = "mounts add"
    static let summary = "Mount more into a running container."
    static let words = "ID FILE"
    static let wordCount = 2...2

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 { try changeMounts(.add, words, globals) }
}

/// Takes mounts out of a container that runs.
struct MountsRemove: RuntimeCommand {
    static let name = "mounts remove"
    static let summary = "Unmount what a file lists from a running container."
    static let words = "ID FILE"
    static let wordCount = 2...2

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 { try changeMounts(.remove, words, globals) }
}

/// The file holds an array of mounts as in config.json; - is standard input.
private func changeMounts(_ change: ContainerMounts.Change, _ words: [String], _ globals: GlobalFlags) throws -> Int32 {
    try OwnProgram.protect()
    let input = InputFile(path: words[1])
    let mounts = try parse(try input.read(), input.name)
    try ContainerMounts.change(change, mounts, id: words[0], root: globals.root)
    return 0
}

private func parse(_ bytes: [UInt8], _ name: String) throws(RuntimeError) -> [Mount] {
    do throws(JSONError) {
        guard case .array(let items) = try JSONValue(parsing: bytes) else { throw JSONError("it is not an array of mounts") }
        return try items.map { item throws(JSONError) in try Mount(json: item) }
    } catch {
        throw RuntimeError("\(name): \(error)")
    }
}
