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

    /// - Parameter name: one without a registry is looked for in all that it may stand for: first on this machine, then in the
    ///   registries in their order.
    package func image(_ name: ImageName, _ policy: PullPolicy) throws(EngineError) -> ImageRecord {
        let candidates = ShortNames.standard().candidates(name)
        if policy == .missing || policy == .never {
            for candidate in candidates { if let here = try here(candidate) { return here } }
        }
        guard policy != .never else {
            throw EngineError("no such image: \(name.familiar) (and --pull=never keeps it from being pulled)")
        }
        // podman goes on after any error. Here the next registry is not asked for what one has and the policy refuses, or what
        // came of it damaged: a stranger's image of the same name must not stand in for it.
        var refusals: [String] = []
        for candidate in candidates {
            do throws(EngineError) { return try pull(candidate, policy) } catch {
                guard error.isElsewhere else { throw error }
                refusals.append(error.message)
            }
        }
        throw EngineError(refusals.joined(separator: "; "))
    }

    private func here(_ name: ImageName) throws(EngineError) -> ImageRecord? {
        try engine.images.find(name).flatMap { isWanted($0) ? $0 : nil }
    }

    private func pull(_ name: ImageName, _ policy: PullPolicy) throws(EngineError) -> ImageRecord {
        let here = try here(name)
        let pull = ImagePull(engine, try EdgeClient(options), platform: platform, report: report)
        do throws(EngineError) {
            let resolved = try pull.resolve(name)
            if let here, here.manifest == resolved.manifestDigest, isWhole(here) {
                report.tell(.detail("\(name.familiarWithTag) is here already, and whole"))
                let tag = ImageTag(name: name.description, target: resolved.target)
                try engine.images.tag(here.id, as: tag, at: Clock.seconds())
                return here
            }
            return try pull.bring(resolved)
        } catch {
            // As with podman: newer is a wish.
            if policy == .newer, let here { return here }
            throw EngineError("pulling \(name.familiar): \(error.message)", isElsewhere: error.isElsewhere)
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
