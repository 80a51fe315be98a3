internal import Engine
internal import JSON
internal import Linux
internal import OCI

/// All there is to say of an image, in docker's words.
struct ImageDescription {
    let image: ImageRecord
    let engine: Engine

    func json() throws(EngineError) -> JSONValue {
        let config = try engine.content(of: image)
        let names = image.names.compactMap { try? ImageName($0.name) }
        var digests: [String] = []
        for tag in image.names {
            guard let name = try? ImageName(tag.name) else { continue }
            let text = "\(name.path)@\(tag.target)"
            if !digests.contains(text) { digests.append(text) }
        }
        return [
            "Id": .string("sha256:\(image.id)"), "Digest": .string(image.manifest.text),
            "RepoTags": JSONValue(names.filter { $0.tag != nil }.map(\.familiarWithTag)), "RepoDigests": JSONValue(digests),
            "Created": JSONValue(config.created), "Author": JSONValue(config.author),
            "Architecture": .string(config.architecture),
            "Variant": JSONValue(config.variant), "Os": .string(config.os), "Size": .integer(image.size),
            "Config": config.config?.json ?? .object(JSONObject()),
            "RootFS": ["Type": "layers", "Layers": JSONValue(config.rootfs.diff_ids)],
            "GraphDriver": ["Name": "overlay", "Data": ["LowerDirs": JSONValue(engine.layerPaths(image))]],
            "History": .array((config.history ?? []).map(\.json)),
        ]
    }
}
