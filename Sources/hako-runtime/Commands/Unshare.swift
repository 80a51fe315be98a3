import Flags
import OCI
import Runtime

/// Runs a program as root of a user namespace of its own: how `hako` reaches the files of a plain user's containers.
struct Unshare: RuntimeCommand {
    static let name = "unshare"
    static let summary = "Run a program in a user namespace of its own."
    static let words = "PROGRAM [ARGUMENT...]"
    static let wordCount = 1...Int.max
    static let wordsBeforeRest = 1
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("uid-map", of: "INSIDE:OUTSIDE:COUNT", help: "Map user ids.") { $0.uids.append($1) },
                .value("gid-map", of: "INSIDE:OUTSIDE:COUNT", help: "Map group ids.") { $0.gids.append($1) },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var uids: [String] = []
    var gids: [String] = []

    func run() throws -> Int32 {
        try OwnNamespace.execute(words, uids: try uids.map(Self.mapping), gids: try gids.map(Self.mapping))
    }

    private static func mapping(_ text: String) throws(UsageError) -> IDMapping {
        let numbers = text.split(separator: ":").compactMap { UInt32($0) }
        guard numbers.count == 3 else { throw UsageError("\"\(text)\" is not INSIDE:OUTSIDE:COUNT") }
        return IDMapping(containerID: numbers[0], hostID: numbers[1], size: numbers[2])
    }
}
