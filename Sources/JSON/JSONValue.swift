/// A JSON document (RFC 8259) as a value; objects keep the order of their members.
///
/// Of its own because it is on the path of every start: reading a bundle's 13 KiB takes 0.1 ms, where Foundation's
/// JSONDecoder took 1.0 (docs/architecture.md).
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Whole numbers above Int64's.
    case unsigned(UInt64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// What it is, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .unsigned, .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(nilLiteral: ()) { self = .null }

    public init(_ text: String?) { self = text.map { .string($0) } ?? .null }
    public init(_ list: [String]) { self = .array(list.map { .string($0) }) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { JSONObject.Member(key: $0.0, value: $0.1) }))
    }
}

/// The members of an object. Of two with one name the last counts, as in Go.
public struct JSONObject: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        public var key: String
        public var value: JSONValue

        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    public private(set) var members: [Member]

    public init(_ members: [Member] = []) { self.members = members }

    public var isEmpty: Bool { members.isEmpty }

    public subscript(key: String) -> JSONValue? { members.last { $0.key == key }?.value }

    public mutating func append(_ key: String, _ value: JSONValue) { members.append(Member(key: key, value: value)) }

    /// Takes over the members of another: objects member by member, everything else as it is there.
    public mutating func merge(_ other: JSONObject) {
        for member in other.members {
            var value = member.value
            if case .object(let inner) = value, case .object(var before)? = self[member.key] {
                before.merge(inner)
                value = .object(before)
            }
            if let index = members.lastIndex(where: { $0.key == member.key }) {
                members[index].value = value
            } else {
                members.append(Member(key: member.key, value: value))
            }
        }
    }

    /// Takes the members of a name out.
    mutating func take(_ key: String) -> JSONValue? {
        guard let index = members.lastIndex(where: { $0.key == key }) else { return nil }
        let value = members.remove(at: index).value
        members.removeAll { $0.key == key }
        return value
    }
}

/// Why a text is no JSON, or not the JSON that was expected: where, and what is wrong.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The field, from the outermost: `linux.namespaces[2].type`; empty for the document itself.
    public private(set) var path: String
    public let reason: String

    public init(_ reason: String, at path: String = "") {
        self.reason = reason
        self.path = path
    }

    /// The same, seen from the object or list that holds it.
    func inside(_ outer: String) -> JSONError {
        JSONError(reason, at: path.isEmpty ? outer : path.hasPrefix("[") ? outer + path : "\(outer).\(path)")
    }

    public var description: String { path.isEmpty ? reason : "\(path) \(reason)" }
}
