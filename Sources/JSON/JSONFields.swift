/// A value that is a JSON object with known members, and maybe others.
public protocol JSONRecord: Sendable {
    init()
    /// Members that the type does not know; they survive being read and written.
    var unknown: JSONObject { get set }
    /// Names each member once, for reading and for writing.
    mutating func exchange(_ fields: inout JSONFields) throws(JSONError)
}

extension JSONRecord {
    /// - Throws: a member that is missing or of another type, by its path.
    public init(json: JSONValue) throws(JSONError) {
        guard case .object(let object) = json else { throw JSONError("is \(json.kind), not an object") }
        self.init()
        var fields = JSONFields(reading: object)
        try exchange(&fields)
        unknown = fields.object
    }

    public init(parsing bytes: [UInt8]) throws(JSONError) { try self.init(json: JSONValue(parsing: bytes)) }

    public var json: JSONValue {
        var fields = JSONFields()
        var copy = self
        // Only reading finds something wrong.
        try? copy.exchange(&fields)
        for member in unknown.members { fields.object.append(member.key, member.value) }
        return .object(fields.object)
    }
}

/// The members of one object while they are read into properties, or written from them.
///
/// Absent and null are the same, as in Go; an empty property is not written.
public struct JSONFields {
    fileprivate var object: JSONObject
    private let isReading: Bool

    fileprivate init() {
        object = JSONObject()
        isReading = false
    }

    fileprivate init(reading object: JSONObject) {
        self.object = object
        isReading = true
    }

    /// Reads with `read`, or writes what `write` gives.
    private mutating func member(
        _ key: String, read: (JSONValue) throws(JSONError) -> Void, write: () -> JSONValue?
    ) throws(JSONError) {
        guard isReading else {
            if let value = write() { object.append(key, value) }
            return
        }
        guard let value = object.take(key), value != .null else { return }
        do throws(JSONError) { try read(value) } catch { throw error.inside(key) }
    }

    /// Says that a member has to be there; before it is read.
    public func require(_ keys: String...) throws(JSONError) {
        guard isReading else { return }
        for key in keys where object[key] == nil { throw JSONError("is missing", at: key) }
    }

    /// Takes members that mean nothing to the reader.
    public mutating func ignore(_ keys: String...) {
        guard isReading else { return }
        for key in keys { _ = object.take(key) }
    }

    /// Says that there are no other members; after all are read. Null is none.
    public mutating func refuseOthers() throws(JSONError) {
        guard isReading else { return }
        for member in object.members where member.value != .null { throw JSONError("is not supported", at: member.key) }
        object = JSONObject()
    }

    // MARK: Optional members

    public mutating func callAsFunction(_ key: String, _ property: inout JSONValue?) throws(JSONError) {
        try member(key, read: { property = $0 }, write: { property })
    }

    public mutating func callAsFunction(_ key: String, _ property: inout String?) throws(JSONError) {
        try member(
            key, read: { (value) throws(JSONError) in property = try value.string }, write: { property.map { .string($0) } })
    }

    public mutating func callAsFunction(_ key: String, _ property: inout Bool?) throws(JSONError) {
        try member(key, read: { (value) throws(JSONError) in property = try value.bool }, write: { property.map { .bool($0) } })
    }

    public mutating func callAsFunction<I: FixedWidthInteger>(_ key: String, _ property: inout I?) throws(JSONError) {
        try member(
            key, read: { (value) throws(JSONError) in property = try value.whole() },
            write: { property.map { JSONValue(whole: $0) } })
    }

    public mutating func callAsFunction(_ key: String, _ property: inout [String]?) throws(JSONError) {
        try member(
            key, read: { (value) throws(JSONError) in property = try value.list { (item) throws(JSONError) in try item.string } },
            write: { property.map { .array($0.map { .string($0) }) } })
    }

    public mutating func callAsFunction<I: FixedWidthInteger>(_ key: String, _ property: inout [I]?) throws(JSONError) {
        try member(
            key,
            read: { (value) throws(JSONError) in property = try value.list { (item) throws(JSONError) in try item.whole() } },
            write: { property.map { .array($0.map { item in JSONValue(whole: item) }) } })
    }

    public mutating func callAsFunction(_ key: String, _ property: inout [String: String]?) throws(JSONError) {
        try member(
            key,
            read: { (value) throws(JSONError) in property = try value.dictionary { (item) throws(JSONError) in try item.string }
            },
            write: { property.map { JSONValue(dictionary: $0) { .string($0) } } })
    }

    public mutating func callAsFunction<R: JSONRecord>(_ key: String, _ property: inout R?) throws(JSONError) {
        try member(key, read: { (value) throws(JSONError) in property = try R(json: value) }, write: { property?.json })
    }

    public mutating func callAsFunction<R: JSONRecord>(_ key: String, _ property: inout [R]?) throws(JSONError) {
        try member(
            key,
            read: { (value) throws(JSONError) in property = try value.list { (item) throws(JSONError) in try R(json: item) } },
            write: { property.map { .array($0.map { $0.json }) } })
    }

    public mutating func callAsFunction<R: JSONRecord>(_ key: String, _ property: inout [String: R]?) throws(JSONError) {
        try member(
            key,
            read: { (value) throws(JSONError) in property = try value.dictionary { (item) throws(JSONError) in try R(json: item) }
            },
            write: { property.map { JSONValue(dictionary: $0) { $0.json } } })
    }

    // MARK: Members with a value in any case

    public mutating func callAsFunction(_ key: String, _ property: inout String) throws(JSONError) {
        try member(key, read: { (value) throws(JSONError) in property = try value.string }, write: { .string(property) })
    }

    public mutating func callAsFunction(_ key: String, _ property: inout Bool) throws(JSONError) {
        try member(key, read: { (value) throws(JSONError) in property = try value.bool }, write: { .bool(property) })
    }

    public mutating func callAsFunction<I: FixedWidthInteger>(_ key: String, _ property: inout I) throws(JSONError) {
        try member(
            key, read: { (value) throws(JSONError) in property = try value.whole() }, write: { JSONValue(whole: property) })
    }

    public mutating func callAsFunction(_ key: String, _ property: inout [String]) throws(JSONError) {
        var optional: [String]? = property
        try self(key, &optional)
        property = optional ?? []
    }

    public mutating func callAsFunction<R: JSONRecord>(_ key: String, _ property: inout R) throws(JSONError) {
        try member(key, read: { (value) throws(JSONError) in property = try R(json: value) }, write: { property.json })
    }

    public mutating func callAsFunction<R: JSONRecord>(_ key: String, _ property: inout [R]) throws(JSONError) {
        var optional: [R]? = property
        try self(key, &optional)
        property = optional ?? []
    }

    public mutating func callAsFunction<E: RawRepresentable & CaseIterable>(
        _ key: String, _ property: inout E
    ) throws(JSONError) where E.RawValue == String {
        try member(
            key,
            read: { (value) throws(JSONError) in
                let text = try value.string
                guard let found = E(rawValue: text) else {
                    throw JSONError("is \"\(text)\"; it is one of \(E.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                property = found
            }, write: { .string(property.rawValue) })
    }
}

// MARK: Values of a type

extension JSONValue {
    public var string: String {
        get throws(JSONError) {
            guard case .string(let text) = self else { throw JSONError("is \(kind), not a string") }
            return text
        }
    }

    public var bool: Bool {
        get throws(JSONError) {
            guard case .bool(let value) = self else { throw JSONError("is \(kind), not true or false") }
            return value
        }
    }

    /// A whole number that fits.
    public func whole<I: FixedWidthInteger>() throws(JSONError) -> I {
        let found: I?
        switch self {
        case .integer(let value): found = I(exactly: value)
        case .unsigned(let value): found = I(exactly: value)
        case .number(let value): found = I(exactly: value)
        default: throw JSONError("is \(kind), not a number")
        }
        guard let found else {
            throw JSONError("is \(text()), which is not a whole number from \(I.min) to \(I.max)")
        }
        return found
    }

    public init<I: FixedWidthInteger>(whole value: I) {
        self = Int64(exactly: value).map { .integer($0) } ?? .unsigned(UInt64(truncatingIfNeeded: value))
    }

    public func list<Item>(_ read: (JSONValue) throws(JSONError) -> Item) throws(JSONError) -> [Item] {
        guard case .array(let values) = self else { throw JSONError("is \(kind), not a list") }
        var items: [Item] = []
        items.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            do throws(JSONError) { items.append(try read(value)) } catch { throw error.inside("[\(index)]") }
        }
        return items
    }

    public func dictionary<Item>(_ read: (JSONValue) throws(JSONError) -> Item) throws(JSONError) -> [String: Item] {
        guard case .object(let object) = self else { throw JSONError("is \(kind), not an object") }
        var items: [String: Item] = [:]
        for member in object.members {
            do throws(JSONError) { items[member.key] = try read(member.value) } catch { throw error.inside(member.key) }
        }
        return items
    }

    /// In the order of the keys.
    public init<Item>(dictionary: [String: Item], _ write: (Item) -> JSONValue) {
        var object = JSONObject()
        for (key, item) in dictionary.sorted(by: { $0.key < $1.key }) { object.append(key, write(item)) }
        self = .object(object)
    }
}
