internal import EdgeProtocol
internal import Images
package import OCI

/// When an image is asked for from its registry.
package enum PullPolicy: String, Sendable {
    case always, missing, newer, never
}

/// Images by name: those that are here, and those of registries as the policy says.
package struct ImagePuller {
    private let engine: Engine
    private let options: EdgeOptions
    private let platform: Platform?
    private let report: TransferReport

    package init(_ engine: Engine, _ options: EdgeOptions, platform: Platform?, report: TransferReport) {
        self.engine = engine
        self.options = options
        self.platform = platform
        self.report = report
    }

    /// - Parameter name: one without a registry is tried as all that it may stand for.
    package func image(_ name: ImageName, _ policy: PullPolicy) throws(EngineError) -> ImageRecord {
        let candidates = ShortNames.standard().candidates(name)
        for candidate in candidates.dropLast() {
            if let found = try? exact(candidate, policy) { return found }
        }
        return try exact(candidates[candidates.count - 1], policy)
    }

    private func exact(_ name: ImageName, _ policy: PullPolicy) throws(EngineError) -> ImageRecord {
        let here = try engine.images.find(name).flatMap { isWanted($0) ? $0 : nil }
        switch policy {
        case .never:
            guard let here else {
                throw EngineError("no such image: \(name.familiar) (and --pull=never keeps it from being pulled)")
            }
            return here
        case .missing: if let here { return here }
        case .always, .newer: break
        }
        let pull = ImagePull(engine, try EdgeClient(options), platform: platform, report: report)
        do throws(EngineError) {
            let resolved = try pull.resolve(name)
            if let here, here.manifest == resolved.manifestDigest, isWhole(here) {
                let tag = ImageTag(name: name.description, target: resolved.target)
                try engine.images.tag(here.id, as: tag, at: Clock.seconds())
                return here
            }
            return try pull.bring(resolved)
        } catch {
            // As with podman: newer is a wish.
            guard policy == .newer, let here else { throw EngineError("pulling \(name.familiar): \(error.message)") }
            return here
        }
    }

    private func isWanted(_ image: ImageRecord) -> Bool {
        guard let platform, let own = Platform(image.platform) else { return true }
        return own.fitness(for: platform) != nil
    }

    /// Nothing of it was deleted from outside.
    private func isWhole(_ image: ImageRecord) -> Bool {
        let files = engine.files
        return image.blobs.allSatisfy(files.blobs.has) && image.layers.allSatisfy { files.layers.layer($0, diffID: "") != nil }
    }

    /// All tags of a repository.
    package func tags(of name: ImageName) throws(EngineError) -> [ImageName] {
        var request = EdgeRequest(.tags, id: 0)
        request.repository = name.path
        let tags = try EdgeClient(options).ask(request).flatMap { $0.list ?? [] }
        return tags.map { ImageName(registry: name.registry, repository: name.repository, tag: $0) }
    }
}
