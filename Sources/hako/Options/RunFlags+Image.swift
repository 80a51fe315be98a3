internal import Engine
internal import Linux
internal import OCI

extension RunFlags {
    /// Finds the image that is to be run, pulls it where that is asked for, and takes over what it says.
    ///
    /// - Returns: what keeps its layers from being collected until the container is recorded; nil without an image.
    func chooseImage(_ options: inout RunOptions, _ engine: Engine) throws(EngineError) -> SharedDescriptor? {
        guard case .image(let text) = options.root else { return nil }
        guard let policy = PullPolicy(rawValue: process.pull) else {
            throw EngineError.value("--pull", process.pull, "it is always, missing, newer or never")
        }
        let platform = try process.platform.map { text throws(EngineError) in try Platform(flag: text) }
        let image = try Trace.purpose("find the image") { () throws(EngineError) in
            try find(text, policy, platform, engine)
        }
        let lock = try engine.lockImages(.shared)
        guard try engine.images.image(image.id) != nil else { throw EngineError("image \(text) was removed meanwhile") }
        try options.apply(image, try engine.content(of: image))
        return lock
    }

    private func find(
        _ text: String, _ policy: PullPolicy, _ platform: Platform?, _ engine: Engine
    ) throws(EngineError) -> ImageRecord {
        if policy == .missing || policy == .never, platform == nil, let here = try engine.image(text) { return here }
        let name = try ImageName(argument: text)
        if !Engine.isPrivileged, policy != .never {
            // A plain user's layers belong to its subordinate ids: the pull runs as root of them.
            var words = ["pull", "--policy", policy.rawValue]
            if let platform { words += ["--platform", platform.description] }
            words += registry.words + ["--quiet-id", text]
            if let code = try engine.again(words) {
                guard code == 0 else { throw EngineError.saidAlready(exitCode: code) }
                guard let image = try engine.image(text) else { throw EngineError("image \(text) was removed meanwhile") }
                return image
            }
        }
        let progress = TransferProgress(quiet: false)
        let puller = ImagePuller(engine, try registry.options(), platform: platform, report: progress.report)
        let image = try puller.image(name, policy)
        progress.end()
        return image
    }
}
