/// Amounts of bytes as flags give them: `512m`, `1.5g`, `64KiB`, `1048576`.
package enum ByteSize {
    private static let units: [Character: Int64] = ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]

    /// - Throws: for what is no amount, is not above zero, or does not fit.
    package static func parse(_ text: String, flag: String) throws(EngineError) -> Int64 {
        let wrong = EngineError.value(flag, text, "not a size; write a number with b, k, m, g or t, such as 512m")
        var digits = text.lowercased()
        // `kb` and `kib` mean what `k` means, as with the peers.
        if digits.hasSuffix("ib"), digits.count > 2 { digits.removeLast(2) } else if digits.hasSuffix("b") { digits.removeLast() }
        var unit: Int64 = 1
        if let last = digits.last, let found = units[last], last != "b" {
            unit = found
            digits.removeLast()
        } else if text.lowercased().hasSuffix("ib") {
            throw wrong
        }
        if digits.hasSuffix(" ") { digits.removeLast() }
        guard let first = digits.first, first.isASCII, first.isNumber, let size = number(digits, unit) else { throw wrong }
        guard size > 0 else { throw EngineError.value(flag, text, "a size has to be above zero") }
        return size
    }

    /// Whole numbers exactly, others through a double.
    private static func number(_ digits: String, _ unit: Int64) -> Int64? {
        if let whole = Int64(digits) {
            let (size, overflow) = whole.multipliedReportingOverflow(by: unit)
            return overflow ? nil : size
        }
        guard digits.allSatisfy({ $0 == "." || ($0.isASCII && $0.isNumber) }), let value = Double(digits) else { return nil }
        let size = value * Double(unit)
        return size < 9e18 ? Int64(size) : nil
    }

    /// For people: `16 MiB`, `1.5 GiB`.
    package static func text(_ bytes: Int64) -> String {
        for (name, unit) in [("TiB", Int64(1) << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] where bytes >= unit {
            let tenths = (bytes * 10 + unit / 2) / unit
            return tenths % 10 == 0 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
        }
        return "\(bytes) bytes"
    }
}
