package import JSON

/// Reads a stream of YAML documents into the values that JSON has. What strangers write is bounded: bytes, depth, and how many
/// values it stands for once aliases are followed, so that a page of them does not become a billion.
package struct YAMLReader {
    package static let mostBytes = 4 << 20
    static let mostDepth = 64
    static let mostValues = 200_000

    private let events: YAMLEvents
    /// What each anchor of the document stands for, and how many values that is.
    private var anchors: [String: (value: JSONValue, count: Int)] = [:]
    private var count = 0

    /// The documents; those with nothing in them are left out.
    package static func documents(_ bytes: [UInt8]) throws(YAMLError) -> [JSONValue] {
        guard bytes.count <= mostBytes else { throw YAMLError("it is larger than \(mostBytes >> 20) MiB", line: 1) }
        var reader = YAMLReader(events: try YAMLEvents(bytes))
        var documents: [JSONValue] = []
        while true {
            switch try reader.events.next() {
            case .streamEnd: return documents
            case .documentStart:
                reader.anchors = [:]
                let value = try reader.value(try reader.events.next(), depth: 0)
                if value != .null { documents.append(value) }
            default: continue
            }
        }
    }

    private init(events: YAMLEvents) { self.events = events }

    private func failure(_ reason: String) -> YAMLError { YAMLError(reason, line: events.line) }

    private mutating func add(_ more: Int) throws(YAMLError) {
        count += more
        guard count <= Self.mostValues else { throw failure("it stands for more than \(Self.mostValues) values") }
    }

    private mutating func value(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> JSONValue {
        guard depth < Self.mostDepth else { throw failure("it is deeper than \(Self.mostDepth) levels") }
        let before = count
        try add(1)
        let node: YAMLEvent.Node
        let value: JSONValue
        switch event {
        case .alias(let name):
            guard let found = anchors[name] else { throw failure("there is no anchor &\(name) before it") }
            try add(found.count)
            return found.value
        case .scalar(let found, let text, let isPlain): (node, value) = (found, try scalar(text, found.tag, isPlain))
        case .sequenceStart(let found): (node, value) = (found, try sequence(found.tag, depth))
        case .mappingStart(let found): (node, value) = (found, try mapping(found.tag, depth))
        default: throw failure("a value is missing")
        }
        if let anchor = node.anchor { anchors[anchor] = (value, count - before) }
        return value
    }

    private func scalar(_ text: String, _ tag: String?, _ isPlain: Bool) throws(YAMLError) -> JSONValue {
        let found = YAMLScalar.value(text)
        switch tag {
        case nil: return isPlain ? found : .string(text)
        case "!", "tag:yaml.org,2002:str": return .string(text)
        case "tag:yaml.org,2002:null": return .null
        case "tag:yaml.org,2002:bool": if case .bool = found { return found }
        case "tag:yaml.org,2002:int":
            switch found {
            case .integer, .unsigned: return found
            default: break
            }
        case "tag:yaml.org,2002:float":
            switch found {
            case .integer, .unsigned, .number: return found
            default: break
            }
        case let tag?: throw failure("the tag \(tag) is not supported")
        }
        throw failure("\"\(text)\" is not what its tag says")
    }

    private mutating func sequence(_ tag: String?, _ depth: Int) throws(YAMLError) -> JSONValue {
        guard tag == nil || tag == "tag:yaml.org,2002:seq" else { throw failure("the tag \(tag ?? "") is not supported") }
        var items: [JSONValue] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event { return .array(items) }
            items.append(try value(event, depth: depth + 1))
        }
    }

    private mutating func mapping(_ tag: String?, _ depth: Int) throws(YAMLError) -> JSONValue {
        guard tag == nil || tag == "tag:yaml.org,2002:map" else { throw failure("the tag \(tag ?? "") is not supported") }
        var members: [JSONObject.Member] = []
        var names: Set<String> = []
        var merged: [JSONValue] = []
        while true {
            let event = try events.next()
            if case .mappingEnd = event { break }
            guard case .scalar(let node, let key, let isPlain) = event, node.anchor == nil else {
                throw failure("a member's name is a word")
            }
            let value = try value(try events.next(), depth: depth + 1)
            if isPlain, key == "<<" {
                if case .array(let several) = value { merged += several } else { merged.append(value) }
                continue
            }
            guard names.insert(key).inserted else { throw failure("\(key) is there twice") }
            members.append(.init(key: key, value: value))
        }
        // `<<` gives what is not said here, and of several the first counts.
        for value in merged {
            guard case .object(let object) = value else { throw failure("<< takes an object, or a list of them") }
            for member in object.members where names.insert(member.key).inserted { members.append(member) }
        }
        return .object(JSONObject(members))
    }
}
