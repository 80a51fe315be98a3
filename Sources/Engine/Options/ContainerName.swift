/// Names of containers: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`, as docker's.
package enum ContainerName {
    package static func check(_ name: String) throws(EngineError) -> String {
        func plain(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let bytes = Array(name.utf8)
        guard let first = bytes.first, plain(first), bytes.count <= 255,
            bytes.allSatisfy({ plain($0) || $0 == 95 || $0 == 46 || $0 == 45 })
        else {
            throw EngineError.value(
                "--name", name, "a name is made of letters, digits, _ . and -, and begins with a letter or digit")
        }
        return name
    }

    /// `--hostname`, `--domainname`: what sethostname(2) takes.
    package static func checkHost(_ name: String, flag: String) throws(EngineError) -> String {
        guard !name.isEmpty, name.utf8.count <= 64,
            name.utf8.allSatisfy({
                ($0 | 32 >= 97 && $0 | 32 <= 122) || (48...57).contains($0) || $0 == 45 || $0 == 46 || $0 == 95
            }),
            !name.hasPrefix("-"), !name.hasPrefix(".")
        else { throw EngineError.value(flag, name, "a name has up to 64 letters, digits, - and .") }
        return name
    }

    /// Two words, for those who give no name.
    package static func random<Source: RandomNumberGenerator>(using source: inout Source) -> String {
        "\(adjectives.randomElement(using: &source)!)_\(nouns.randomElement(using: &source)!)"
    }

    private static let adjectives = [
        "amber", "brisk", "bright", "calm", "careful", "clear", "cosy", "crisp", "curious", "deft", "early",
        "earnest", "easy", "fair", "fleet", "fond", "gentle", "glad", "golden", "handy", "hardy", "honest", "jolly",
        "keen", "kind", "late", "level", "light", "lively", "loyal", "lucid", "mellow", "merry", "mild", "modest",
        "neat", "nimble", "noble", "open", "patient", "plain", "polite", "proud", "quick", "quiet", "rapid", "ready",
        "round", "sharp", "silent", "silver", "sincere", "smooth", "snug", "solid", "steady", "still", "sturdy",
        "sunny", "swift", "tidy", "true", "warm", "wise",
    ]
    private static let nouns = [
        "acorn", "anchor", "anvil", "basket", "beacon", "bell", "birch", "bobbin", "bridge", "brook", "cabin",
        "candle", "canoe", "cedar", "chest", "clover", "comet", "compass", "coral", "crane", "drum", "ember",
        "falcon", "fern", "finch", "flute", "garden", "harbor", "hazel", "heron", "island", "ivory", "kettle", "kite",
        "ladder", "lantern", "lily", "loom", "maple", "meadow", "mill", "otter", "paddle", "pebble", "pine", "plum",
        "quill", "raft", "reed", "river", "robin", "rudder", "saddle", "sparrow", "spruce", "stone", "teapot",
        "thimble", "tulip", "valley", "violin", "walnut", "willow", "wren",
    ]
}
