internal import CYAML

/// What a text has, one after the other, as libyaml finds it.
enum YAMLEvent {
    struct Node {
        var anchor: String?
        var tag: String?
    }

    case streamStart, streamEnd, documentStart, documentEnd
    case alias(String)
    /// `isPlain`: without quotes, so that it may be something else than a string.
    case scalar(Node, text: String, isPlain: Bool)
    case sequenceStart(Node), sequenceEnd
    case mappingStart(Node), mappingEnd
}

/// libyaml's parser, which keeps pointers to itself and to the text: both stay where they are.
@safe
final class YAMLEvents {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    /// Where the last event began, from one.
    private(set) var line = 0

    init(_ bytes: [UInt8]) throws(YAMLError) {
        unsafe parser = .allocate(capacity: 1)
        unsafe text = .allocate(capacity: bytes.count)
        _ = unsafe text.initialize(from: bytes)
        guard unsafe yaml_parser_initialize(parser) == 1 else { throw YAMLError("there is no memory", line: 0) }
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    func next() throws(YAMLError) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { unsafe yaml_event_delete(&event) }
        line = unsafe Int(event.start_mark.line) + 1
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT, YAML_NO_EVENT: return .streamStart
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(unsafe Self.string(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                unsafe Self.node(scalar.anchor, scalar.tag), text: String(decoding: unsafe Array(bytes), as: UTF8.self),
                isPlain: unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE)
        case YAML_SEQUENCE_START_EVENT:
            return .sequenceStart(unsafe Self.node(event.data.sequence_start.anchor, event.data.sequence_start.tag))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            return .mappingStart(unsafe Self.node(event.data.mapping_start.anchor, event.data.mapping_start.tag))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: throw YAMLError("libyaml has an event that is not known", line: line)
        }
    }

    private var failure: YAMLError {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "it is no YAML"
        // Of bytes that are no text libyaml says where they are, and no line.
        let found = unsafe Int(parser.pointee.problem_mark.line) + 1
        return YAMLError(problem, line: max(found, line))
    }

    private static func node(_ anchor: UnsafeMutablePointer<UInt8>?, _ tag: UnsafeMutablePointer<UInt8>?) -> YAMLEvent.Node {
        YAMLEvent.Node(anchor: unsafe string(anchor), tag: unsafe string(tag))
    }

    private static func string(_ text: UnsafeMutablePointer<UInt8>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }
}
