internal import JSON
internal import Linux
package import OCI

/// An OCI bundle: a directory with config.json (bundle.md).
package struct Bundle: Sendable {
    /// Absolute.
    package let path: String
    package let spec: Spec

    /// A path of the configuration: relative ones are the bundle's.
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(self.path)/\(path)" }

    package static func load(_ path: String) throws(RuntimeError) -> Bundle {
        let absolute = try explaining("open the bundle \(path)") { () throws(SystemError) in try File.realPath(path) }
        return Bundle(path: absolute, spec: try read(Spec.self, from: "\(absolute)/config.json"))
    }

    package static func process(from path: String) throws(RuntimeError) -> Process { try read(Process.self, from: path) }

    private static func read<Record: JSONRecord>(_ type: Record.Type, from path: String) throws(RuntimeError) -> Record {
        let bytes = try explaining("read \(path)") { () throws(SystemError) in try File.read(path, limit: 16 << 20) }
        do throws(JSONError) { return try Record(parsing: bytes) } catch {
            throw RuntimeError(error.path.isEmpty ? "\(path) \(error)" : "\(path): \(error)")
        }
    }
}
