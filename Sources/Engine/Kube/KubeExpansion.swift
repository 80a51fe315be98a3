/// `$(NAME)` in commands, arguments and variables, as Kubernetes has it: one that is not known stays, and `$$` is a dollar.
enum KubeExpansion {
    static func expand(_ text: String, _ values: [String: String]) -> String {
        var out = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            out += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.hasPrefix("$") {
                out += "$"
                rest.removeFirst()
            } else if rest.hasPrefix("("), let close = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<close])
                out += values[name] ?? "$(\(name))"
                rest = rest[rest.index(after: close)...]
            } else {
                out += "$"
            }
        }
        return out + rest
    }
}
