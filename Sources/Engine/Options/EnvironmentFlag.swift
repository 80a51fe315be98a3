/// `--env` and `--env-file`.
package enum EnvironmentFlag {
    /// `KEY=value`, or `KEY` for the value it has where hako runs; nil where it has none there.
    package static func parse(
        _ text: String, flag: String = "--env", host: (String) -> String?
    ) throws(EngineError) -> String? {
        try Numbers.checkNoZero(text, flag: flag)
        guard let first = text.first, first != "=" else {
            throw EngineError.value(flag, text, "the variable's name is empty; write it as KEY=VALUE or KEY")
        }
        if text.contains("=") { return text }
        return host(text).map { "\(text)=\($0)" }
    }

    /// A file of such lines; empty ones and those that begin with `#` do not count. Values are taken as they stand.
    package static func parseFile(
        _ content: String, path: String, host: (String) -> String?
    ) throws(EngineError) -> [String] {
        var variables: [String] = []
        var text = content
        if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (number, line) in lines.enumerated() {
            let entry = line.drop { $0 == " " || $0 == "\t" }
            if entry.isEmpty || entry.hasPrefix("#") { continue }
            let name = entry.prefix { $0 != "=" }
            guard !name.isEmpty, !name.contains(where: { $0 == " " || $0 == "\t" }) else {
                throw EngineError("--env-file \(path), line \(number + 1): \"\(name)\" is not a variable's name")
            }
            if let variable = try parse(String(entry), flag: "--env-file \(path)", host: host) { variables.append(variable) }
        }
        return variables
    }

    /// The later of two values of one name wins, at the place of the first.
    package static func merge(_ base: [String], _ over: [String]) -> [String] {
        var merged = base
        var places: [String: Int] = [:]
        for (index, entry) in base.enumerated() { places[String(name(entry))] = index }
        for entry in over {
            let name = String(name(entry))
            if let place = places[name] {
                merged[place] = entry
            } else {
                places[name] = merged.count
                merged.append(entry)
            }
        }
        return merged
    }

    package static func name(_ entry: String) -> Substring { Substring(entry.utf8.prefix { $0 != UInt8(ascii: "=") }) }
}
