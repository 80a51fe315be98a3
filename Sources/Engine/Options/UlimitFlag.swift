package import OCI

/// `--ulimit NAME=SOFT[:HARD]`; -1 or `unlimited` is no limit. getrlimit(2).
package enum UlimitFlag {
    package static let names: Set<String> = [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
        "rttime",
        "sigpending", "stack",
    ]

    package static func parse(_ text: String) throws(EngineError) -> Rlimit {
        let flag = "--ulimit"
        let (key, value) = try Numbers.pair(text, flag: flag)
        let name = key.lowercased()
        guard names.contains(name) else {
            throw EngineError.value(flag, text, "no such limit; they are \(names.sorted().joined(separator: ", "))")
        }
        let parts = value.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count) else { throw EngineError.value(flag, text, "write it as NAME=SOFT[:HARD]") }
        let soft = try amount(parts[0], text)
        let hard = parts.count == 2 ? try amount(parts[1], text) : soft
        guard soft <= hard else { throw EngineError.value(flag, text, "the soft limit is above the hard one") }
        return Rlimit(type: "RLIMIT_\(name.uppercased())", soft: soft, hard: hard)
    }

    private static func amount(_ text: String, _ whole: String) throws(EngineError) -> UInt64 {
        if text == "-1" || text == "unlimited" { return .max }
        guard let amount = UInt64(text) else { throw EngineError.value("--ulimit", whole, "\"\(text)\" is not a number") }
        return amount
    }
}
