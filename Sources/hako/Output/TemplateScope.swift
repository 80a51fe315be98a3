internal import Engine
internal import JSON

/// What the names of a template stand for at one place in it.
struct TemplateScope {
    let root: JSONValue
    var dot: JSONValue
    var variables: [String: JSONValue] = [:]

    func text(_ pieces: [Template.Piece]) throws(EngineError) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let plain): text += plain
            case .value(let expression): text += Self.plain(try value(expression))
            case .block(let block): text += try self.text(block)
            }
        }
        return text
    }

    private func text(_ block: Template.Block) throws(EngineError) -> String {
        let found = try value(block.of)
        guard Self.isTrue(found) else { return try text(block.otherwise) }
        switch block.kind {
        case .condition: return try text(block.body)
        case .with:
            var inner = self
            inner.dot = found
            return try inner.text(block.body)
        case .range:
            var text = ""
            for (key, item) in try Self.items(found) {
                var inner = self
                inner.dot = item
                if let last = block.variables.last { inner.variables[last] = item }
                if block.variables.count == 2 { inner.variables[block.variables[0]] = key }
                text += try inner.text(block.body)
            }
            return text
        }
    }

    private static func items(_ value: JSONValue) throws(EngineError) -> [(JSONValue, JSONValue)] {
        switch value {
        case .array(let items): items.enumerated().map { (.integer(Int64($0.offset)), $0.element) }
        // Go goes through a map by its keys.
        case .object(let object): object.members.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
        default: throw EngineError("--format: range takes a list or a map")
        }
    }

    private static func isTrue(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false), .integer(0), .string(""): false
        case .array(let items): !items.isEmpty
        case .object(let object): !object.members.isEmpty
        default: true
        }
    }

    // MARK: Expressions

    private func value(_ expression: Template.Expression) throws(EngineError) -> JSONValue {
        switch expression {
        case .literal(let value): return value
        case .variable(nil): return dot
        case .variable(""?): return root
        case .variable(let name?):
            guard let value = variables[name] else { throw EngineError("--format: there is no variable $\(name)") }
            return value
        case .field(let of, let path): return try Self.find(path, try value(of))
        case .call(let function, let arguments):
            var values: [JSONValue] = []
            for argument in arguments { values.append(try value(argument)) }
            return try Self.call(function, values)
        }
    }

    private static func find(_ path: [String], _ value: JSONValue) throws(EngineError) -> JSONValue {
        var value = value
        for (depth, name) in path.enumerated() {
            guard case .object(let object) = value else {
                throw EngineError("--format: .\(path.prefix(depth + 1).joined(separator: ".")) is no field")
            }
            guard let next = object[name] else {
                let known = object.members.map { ".\($0.key)" }.joined(separator: ", ")
                throw EngineError("--format: there is no .\(path.prefix(depth + 1).joined(separator: ".")); there are \(known)")
            }
            value = next
        }
        return value
    }

    private static func call(_ function: String, _ values: [JSONValue]) throws(EngineError) -> JSONValue {
        let first = values[0]
        switch function {
        case "json": return .string(first.text())
        case "len": return .integer(Int64(try length(first)))
        case "join":
            guard case .array(let items) = first else { throw EngineError("--format: join takes a list") }
            return .string(items.map(plain).joined(separator: values.count > 1 ? plain(values[1]) : ""))
        case "upper": return .string(plain(first).uppercased())
        case "lower": return .string(plain(first).lowercased())
        case "println": return .string(values.map(plain).joined(separator: " ") + "\n")
        case "index":
            var found = first
            for key in values.dropFirst() { found = try item(key, of: found) }
            return found
        case "eq": return .bool(values.dropFirst().contains { plain($0) == plain(first) })
        case "ne": return .bool(values.count == 2 && plain(values[1]) != plain(first))
        case "not": return .bool(!isTrue(first))
        case "and": return values.first { !isTrue($0) } ?? values[values.count - 1]
        default: return values.first { isTrue($0) } ?? values[values.count - 1]
        }
    }

    private static func length(_ value: JSONValue) throws(EngineError) -> Int {
        switch value {
        case .array(let items): items.count
        case .object(let object): object.members.count
        case .string(let text): text.count
        default: throw EngineError("--format: len takes a list, a map or a text")
        }
    }

    private static func item(_ key: JSONValue, of value: JSONValue) throws(EngineError) -> JSONValue {
        switch (value, key) {
        case (.array(let items), .integer(let number)):
            guard items.indices.contains(Int(number)) else { throw EngineError("--format: index \(number) of \(items.count)") }
            return items[Int(number)]
        case (.object(let object), .string(let name)):
            guard let found = object[name] else { throw EngineError("--format: there is no \"\(name)\" to index") }
            return found
        default: throw EngineError("--format: index takes a list and a number, or a map and a text")
        }
    }

    /// As Go prints it.
    private static func plain(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .null: "<no value>"
        case .array(let items): "[\(items.map(plain).joined(separator: " "))]"
        case .object(let object): "map[\(object.members.map { "\($0.key):\(plain($0.value))" }.joined(separator: " "))]"
        default: value.text()
        }
    }
}
