/// Plain values of flags: numbers, yes and no, lists.
package enum Numbers {
    /// `--cpus`: processors as a decimal, given as a quota in microseconds for each 100 ms.
    package static func cpuQuota(_ text: String, flag: String = "--cpus") throws(EngineError) -> Int64 {
        guard text.allSatisfy({ $0 == "." || ($0.isASCII && $0.isNumber) }), let cpus = Double(text), cpus < 1_000_000 else {
            throw EngineError.value(flag, text, "not a number of processors; write one such as 0.5 or 2")
        }
        let quota = Int64((cpus * 100_000).rounded())
        guard quota >= 1000 else { throw EngineError.value(flag, text, "the least is 0.01") }
        return quota
    }

    package static func integer(
        _ text: String, flag: String, in range: ClosedRange<Int64>, what: String = "a whole number"
    ) throws(EngineError) -> Int64 {
        guard let number = Int64(text) else { throw EngineError.value(flag, text, "not \(what)") }
        guard range.contains(number) else {
            throw EngineError.value(
                flag, text,
                range.upperBound == .max
                    ? "the least is \(range.lowerBound)" : "it goes from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// An octal mode or mask, such as 0022 or 1777.
    package static func octal(_ text: String, flag: String, most: UInt32 = 0o7777) throws(EngineError) -> UInt32 {
        guard let number = UInt32(text, radix: 8), number <= most, !text.hasPrefix("+") else {
            throw EngineError.value(flag, text, "not an octal number up to \(String(most, radix: 8))")
        }
        return number
    }

    /// docker's spellings of yes and no; nil for anything else.
    package static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True", "yes": true
        case "0", "f", "F", "false", "FALSE", "False", "no": false
        default: nil
        }
    }

    /// A list of processors or memory nodes: `0-3,6`. cpuset(7), List format.
    package static func cpuList(_ text: String, flag: String) throws(EngineError) -> String {
        let wrong = EngineError.value(flag, text, "not a list such as 0-3,6")
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            switch ends.count {
            case 1: guard ends[0] != nil else { throw wrong }
            case 2: guard let low = ends[0], let high = ends[1], low <= high else { throw wrong }
            default: throw wrong
            }
        }
        return text
    }

    /// `KEY=value`; the key is not empty.
    package static func pair(_ text: String, flag: String) throws(EngineError) -> (key: String, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let key = parts.first, !key.isEmpty else { throw EngineError.value(flag, text, "write it as KEY=VALUE") }
        return (String(key), parts.count == 2 ? String(parts[1]) : "")
    }

    /// Of several with one key the last counts.
    package static func pairs(_ texts: [String], flag: String) throws(EngineError) -> [String: String] {
        var pairs: [String: String] = [:]
        for text in texts {
            let (key, value) = try pair(text, flag: flag)
            pairs[key] = value
        }
        return pairs
    }

    /// Every string the kernel gets ends at a zero byte; one inside would cut it.
    package static func checkNoZero(_ text: String, flag: String) throws(EngineError) {
        if text.utf8.contains(0) { throw EngineError("\(flag): the value contains a zero byte") }
    }
}
