internal import Engine
internal import Flags
internal import Images
internal import JSON
internal import OCI

/// Lists what refers to an image in its registry (distribution-spec, Listing Referrers).
struct ImageReferrers: HakoCommand {
    static let name = "image referrers"
    static let summary = "List what refers to an image in its registry: signatures, attestations, lists of parts."
    static let words = "IMAGE"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("artifact-type", of: "TYPE", help: "Only those of this type.") { $0.artifactType = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.Digest}}'.") { $0.format = $1 },
            ]), FlagGroup("Registry", RegistryFlags.flags.lifted { $1(&$0.registry) }),
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var registry = RegistryFlags()
    var artifactType: String?
    var format: String?

    func run() throws -> Int32 {
        let name = try ImageName(argument: words[0])
        let edge = try EdgeClient(try registry.options())
        let digest = try name.digest ?? BlobStore.digest(edge.manifest(name, name.reference).bytes)
        let found = try edge.referrers(name, digest, artifactType: artifactType)
        let rows = found.map { entry in
            [
                "Digest": .string(entry.digest), "ArtifactType": .string(entry.artifactType ?? ""),
                "MediaType": .string(entry.mediaType), "Size": .string(ByteText.text(entry.size)), "Bytes": .integer(entry.size),
                "Annotations": JSONValue(dictionary: entry.annotations ?? [:]) { .string($0) },
            ] as JSONValue
        }
        let listing = Listing(rows: rows) {
            var table = Table(["DIGEST", "ARTIFACT TYPE", "SIZE"])
            for entry in found {
                table.add([entry.digest, entry.artifactType ?? entry.mediaType, ByteText.text(entry.size)])
            }
            return table.text
        }
        Report.output(try listing.text(format))
        return 0
    }
}
