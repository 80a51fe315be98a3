/// `--user`: who the command runs as, before names are looked up in the container's own /etc/passwd and /etc/group.
package struct UserRequest: Sendable, Equatable {
    /// A number is never looked up as a name: a file in the container could make it another.
    package enum Name: Sendable, Equatable {
        case id(UInt32)
        case name(String)

        package static func parse(_ text: String, flag: String, value: String) throws(EngineError) -> Name {
            if let first = text.first, text.allSatisfy({ $0.isASCII && $0.isNumber }) {
                guard let id = UInt32(text), id < .max, text == "0" || first != "0" else {
                    throw EngineError.value(flag, value, "\"\(text)\" is not an id")
                }
                return .id(id)
            }
            guard !text.isEmpty, !text.hasPrefix("-"), !text.contains(where: { $0 == ":" || $0 == "/" || $0.isWhitespace }) else {
                throw EngineError.value(flag, value, "write it as USER[:GROUP], names or numbers")
            }
            return .name(text)
        }
    }

    package var user: Name
    package var group: Name?

    package init(user: Name, group: Name? = nil) {
        self.user = user
        self.group = group
    }

    package static func parse(_ text: String, flag: String = "--user") throws(EngineError) -> UserRequest {
        try Numbers.checkNoZero(text, flag: flag)
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return UserRequest(
            user: try .parse(parts[0], flag: flag, value: text),
            group: parts.count == 2 ? try .parse(parts[1], flag: flag, value: text) : nil)
    }
}
