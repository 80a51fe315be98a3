internal import Images
internal import JSON
package import Linux
package import OCI
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

    /// A container's configuration, as the runtime gets it.
    package func spec(of record: ContainerRecord) throws(EngineError) -> Spec {
        let path = locations.configuration(record.id)
        let bytes = try attempt("read \(path)") { () throws(SystemError) in try File.read(path, limit: 16 << 20) }
        guard let spec = try? Spec(parsing: bytes) else {
            throw EngineError("\(path) is damaged; remove the container (hako rm -f \(record.name))")
        }
        return spec
    }

    func setSpec(_ spec: Spec, of record: ContainerRecord) throws(EngineError) {
        let (path, bytes) = (locations.configuration(record.id), spec.json.bytes())
        try attempt("write \(path)") { () throws(SystemError) in try File.replace(path, with: bytes, durable: true) }
    }

    /// Where a container's files are.
    package struct Layers: Sendable, Equatable {
        /// Nil for a container that runs on a directory itself.
        package var upper: String?
        /// The uppermost first.
        package var lowers: [String] = []
        /// What is mounted below the root, by its path there.
        package var mountPoints: Set<String> = []

        /// As a bundle's configuration has them; nil where it has none.
        init?(_ spec: Spec) {
            guard let root = spec.mounts?.first, root.destination == "/" else { return nil }
            func paths(_ key: String) -> [String]? {
                let option = (root.options ?? []).first { $0.hasPrefix("\(key)=") }
                return option.map { OverlayPaths.split(String($0.dropFirst(key.count + 1))) }
            }
            mountPoints = Set(spec.mounts?.dropFirst().map(\.destination) ?? [])
            if let upper = paths("upperdir")?.first, let lowers = paths("lowerdir") {
                (self.upper, self.lowers) = (upper, lowers)
            } else if let source = root.source {
                lowers = [source]
            } else {
                return nil
            }
        }
    }

    /// - Throws: for a container on a directory of its own, where `needsUpper` asks for a layer of changes.
    package func layers(_ record: ContainerRecord, needsUpper: Bool) throws(EngineError) -> Layers {
        guard let layers = Layers(try spec(of: record)) else {
            throw EngineError(
                "the configuration of container \(record.name) is damaged; remove it (hako rm -f \(record.name))")
        }
        guard layers.upper != nil || !needsUpper else {
            throw EngineError(
                "container \(record.name) runs on the directory \(record.image) itself: there is nothing to compare it "
                    + "with (--rootfs DIR:O keeps changes apart)")
        }
        return layers
    }

    /// What a container changed: `A /new`, `C /etc`, `D /gone`.
    package func changes(_ record: ContainerRecord) throws(EngineError) -> [String] {
        let layers = try layers(record, needsUpper: true)
        do throws(ImagesError) {
            return try LayerDiff.changes(
                upper: layers.upper ?? "", lowers: layers.lowers, mountPoints: layers.mountPoints
            ).map { "\($0.kind.rawValue) \($0.path)" }
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

extension Spec {
    /// The ids of its user namespace; nil without one.
    var identityMaps: IdentityMaps? {
        guard let uids = linux?.uidMappings, let gids = linux?.gidMappings else { return nil }
        return IdentityMaps(uids: uids, gids: gids)
    }
}

extension Engine {
    /// Freezes all processes of a container.
    package func pause(_ record: ContainerRecord) throws(EngineError) {
        switch try status(record.id) {
        case .running: break
        case .paused: throw EngineError("container \(record.name) is paused already")
        default: throw EngineError("container \(record.name) is not running")
        }
        let container = try operations(record.id)
        do throws(RuntimeError) { try container.pause() } catch { throw EngineError(error) }
    }

    package func resume(_ record: ContainerRecord) throws(EngineError) {
        guard case .paused = try status(record.id) else { throw EngineError("container \(record.name) is not paused") }
        let container = try operations(record.id)
        do throws(RuntimeError) { try container.resume() } catch { throw EngineError(error) }
    }
}
