internal import Images
package import JSON

/// An archive as a layer: unpacked once, with the owners it names.
package struct ArchiveLayer: JSONRecord {
    package var path = ""
    package var warnings: [String] = []
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("path")
        try fields("path", &path)
        try fields("warnings", &warnings)
    }

    /// Unpacks an archive unless it is unpacked already. A plain user's files get owners of its subordinate ids.
    package static func unpack(_ archive: String, _ engine: Engine) throws(EngineError) -> ArchiveLayer {
        if let command = NamespaceCommand(engine) {
            let answer = try command.output(of: ["container", "unpack", archive])
            do throws(JSONError) { return try ArchiveLayer(parsing: answer) } catch {
                throw EngineError("unpacking \(archive): the answer \(error)")
            }
        }
        var options = UnpackOptions()
        // A user with one id owns all it unpacks; the container's root is that user.
        options.ignoreOwners = !Engine.isPrivileged && !Engine.isNamespaceRoot
        do throws(ImagesError) {
            let layer = try LayerStore(root: engine.locations.root).add(archiveAt: archive, options: options)
            var result = ArchiveLayer()
            result.path = layer.path
            result.warnings = layer.warnings
            return result
        } catch {
            throw EngineError(error.message)
        }
    }
}
