internal import FoundationEssentials
internal import Linux
package import OCI

/// An OCI bundle: a directory with config.json (bundle.md).
package struct Bundle: Sendable {
    /// Absolute.
    package let path: String
    package let spec: Spec

    package static func load(_ path: String) throws(RuntimeError) -> Bundle {
        let absolute = try explaining("open the bundle \(path)") { () throws(SystemError) in try File.realPath(path) }
        return Bundle(path: absolute, spec: try decode(Spec.self, from: "\(absolute)/config.json"))
    }

    package static func process(from path: String) throws(RuntimeError) -> Process { try decode(Process.self, from: path) }

    private static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws(RuntimeError) -> Value {
        let bytes = try explaining("read \(path)") { () throws(SystemError) in try File.read(path, limit: 16 << 20) }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw RuntimeError("\(path): \(error.oneLine)")
        } catch {
            throw RuntimeError("\(path) is not valid JSON")
        }
    }
}

extension DecodingError {
    /// The field and what is wrong with it.
    fileprivate var oneLine: String {
        switch self {
        case .keyNotFound(let key, let context): "\(Self.field(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(Self.field(context.codingPath)) has the wrong type"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "not valid JSON"
        case .dataCorrupted(let context): "\(Self.field(context.codingPath)) has a value that is not allowed"
        @unknown default: "not a valid configuration"
        }
    }

    private static func field(_ path: [any CodingKey]) -> String {
        path.reduce("") { text, key in
            if let index = key.intValue { return text + "[\(index)]" }
            return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
        }
    }
}
