internal import Images
internal import JSON
package import Linux
internal import OCI
internal import Runtime

/// What the commands do with containers that are there.
extension Engine {
    package static func settings(_ record: ContainerRecord) throws(EngineError) -> ContainerSettings {
        do throws(JSONError) { return try ContainerSettings(parsing: record.options) } catch {
            throw EngineError(
                "what the database has of container \(record.name) is damaged (\(error)); remove it (hako rm -f \(record.name))")
        }
    }

    package func find(_ text: String) throws(EngineError) -> ContainerRecord {
        try Trace.purpose("find the container \(text)") { () throws(EngineError) in try store.find(text) }
    }

    /// Where a container's files are.
    package struct Layers: Sendable {
        package var upper: String?
        package var lowers: [String]
    }

    /// - Throws: for a container on a directory of its own, where `needsUpper` asks for a layer of changes.
    package func layers(_ record: ContainerRecord, needsUpper: Bool) throws(EngineError) -> Layers {
        let mount = try RootMount.read("\(locations.bundle(record.id))/config.json")
        switch mount {
        case .overlay(let upper, let lowers): return Layers(upper: upper, lowers: lowers)
        case .directory(let path):
            guard !needsUpper else {
                throw EngineError(
                    "container \(record.name) runs on the directory \(record.image) itself: there is nothing to compare it "
                        + "with (--rootfs DIR:O keeps changes apart)"
                )
            }
            return Layers(upper: nil, lowers: [path])
        }
    }

    /// What a container changed: `A /new`, `C /etc`, `D /gone`.
    package func changes(_ record: ContainerRecord) throws(EngineError) -> [String] {
        let layers = try layers(record, needsUpper: true)
        do throws(ImagesError) {
            return try LayerDiff.changes(upper: layers.upper ?? "", lowers: layers.lowers).map {
                "\($0.kind.rawValue) \($0.path)"
            }
        } catch {
            throw EngineError(error.message)
        }
    }

    /// Writes a container's root file system as a tar.
    package func export(_ record: ContainerRecord, to output: borrowing Descriptor) throws(EngineError) {
        let layers = try layers(record, needsUpper: false)
        do throws(ImagesError) {
            try RootExporter.write(upper: layers.upper, lowers: layers.lowers, to: output)
        } catch {
            throw EngineError(error.message)
        }
    }
}

/// The root file system as a bundle's configuration has it.
package enum RootMount: Equatable, Sendable {
    case overlay(upper: String, lowers: [String])
    case directory(String)

    static func read(_ path: String) throws(EngineError) -> RootMount {
        let bytes = try attempt("read \(path)") { () throws(SystemError) in try File.read(path, limit: 16 << 20) }
        let damaged = EngineError("\(path) is damaged; remove the container (hako rm -f)")
        guard let spec = try? Spec(parsing: bytes), let mount = spec.mounts?.first, mount.destination == "/"
        else { throw damaged }
        func value(_ key: String) -> String? {
            (mount.options ?? []).first { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
        }
        if let lowers = value("lowerdir"), let upper = value("upperdir").map(OverlayPaths.split)?.first {
            return .overlay(upper: upper, lowers: OverlayPaths.split(lowers))
        }
        guard let source = mount.source else { throw damaged }
        return .directory(source)
    }
}
