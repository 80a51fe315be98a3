internal import Linux

/// What a plan needs before its containers are made: secrets, volumes, directories of the host's.
package struct KubePreparation {
    private let engine: Engine

    package init(_ engine: Engine) { self.engine = engine }

    private static let secretLabel = "hako.kube.secret"
    private static let keyLabel = "hako.kube.key"
    private static let podLabel = "hako.kube.pod"

    package func plan(_ objects: [KubeObject]) throws(EngineError) -> KubePlan {
        var stored: [String: Set<String>] = [:]
        for record in try engine.secrets.all() {
            guard let secret = record.labels?[Self.secretLabel], let key = record.labels?[Self.keyLabel] else { continue }
            stored[secret, default: []].insert(key)
        }
        return try KubePlan(objects, stored: stored)
    }

    package func prepare(_ plan: KubePlan) throws(EngineError) {
        for pod in plan.pods {
            if try engine.podIfThere(pod.name)?.name == pod.name {
                throw EngineError("there is a pod \(pod.name) already; give --replace, or remove it with hako kube down")
            }
            for path in pod.hostPaths { try Self.check(path) }
        }
        for (name, secret) in plan.secrets.sorted(by: { $0.key < $1.key }) { try keep(name, secret.secret, secret.content) }
        // Those that a crash left.
        for pod in plan.pods { for volume in pod.volumes { try remove(volume.name) } }
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        for claim in plan.claims { try engine.volumes.make(VolumeRecord(name: claim, created: Clock.seconds()), engine) }
        for pod in plan.pods { for volume in pod.volumes { try make(volume, of: pod.name) } }
    }

    // MARK: Secrets

    private func keep(_ name: String, _ secret: String, _ content: [UInt8]) throws(EngineError) {
        guard content.count <= SecretRecord.largest else {
            throw EngineError("the Secret \(secret): a key may have \(SecretRecord.largest) bytes, and one has \(content.count)")
        }
        var record = SecretRecord(name: name, created: Clock.seconds())
        record.labels = [Self.secretLabel: secret, Self.keyLabel: String(name.dropFirst(secret.count + 1))]
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        if try engine.secrets.make(record, content: content) { return }
        let found = try engine.secrets.require(name)
        guard found.labels?[Self.secretLabel] == secret else {
            throw EngineError("there is a secret \(name) already, which is no Secret's of Kubernetes; remove it")
        }
        (record.id, record.created) = (found.id, found.created)
        try engine.secrets.replace(found, record, content: content)
    }

    // MARK: Volumes

    private func make(_ volume: KubePlan.Volume, of pod: String) throws(EngineError) {
        var record = VolumeRecord(name: volume.name, created: Clock.seconds())
        record.labels = [Self.podLabel: pod]
        guard try engine.volumes.make(record, engine) else { throw EngineError("there is a volume \(volume.name) already") }
        let data = engine.volumes.data(volume.name)
        try attempt("fill the volume \(volume.name)") { () throws(SystemError) in
            let directory = try File.open(data, [.read, .directory])
            guard let files = volume.files else { return try directory.setPermissions(0o777) }
            for (name, content) in files.sorted(by: { $0.key < $1.key }) {
                let file = try directory.open(name, [.write, .create, .exclusive, .noFollow], mode: 0o600)
                try file.write(content)
                try file.setPermissions(volume.mode)
            }
        }
    }

    private func remove(_ volume: String) throws(EngineError) {
        guard let found = try engine.volumes.find(volume) else { return }
        guard found.labels?[Self.podLabel] != nil else {
            throw EngineError("there is a volume \(volume) already, which is no pod's; remove it, or rename the pod's")
        }
        try VolumeRemoval(engine).remove(volume)
    }

    /// Makes what may be made, and checks that the rest is there.
    private static func check(_ path: KubePlan.HostPath) throws(EngineError) {
        if !File.exists(path.path) {
            try attempt("make \(path.path)") { () throws(SystemError) in
                switch path.type {
                case .directoryOrCreate: try File.makeDirectories(path.path)
                case .fileOrCreate: _ = try File.open(path.path, [.write, .create, .exclusive], mode: 0o644)
                default: break
                }
            }
        }
        let status = try attempt("use \(path.path) (\(path.field))") { () throws(SystemError) in try File.status(path.path) }
        let isRight =
            switch path.type {
            case .any: true
            case .directory, .directoryOrCreate: status.isDirectory
            case .file, .fileOrCreate: status.kind == .regular
            case .socket: status.kind == .socket
            case .characterDevice: status.kind == .character
            case .blockDevice: status.kind == .block
            }
        guard isRight else { throw EngineError("\(path.field): \(path.path) is no \(path.type.rawValue)") }
    }

    // MARK: Taking away

    /// Stops and removes what a file describes: pods with what was made for them, and secrets; volumes of claims stay unless
    /// `claims` says otherwise.
    ///
    /// - Returns: the pods that were there.
    package func takeAway(_ plan: KubePlan, claims: Bool) throws(EngineError) -> [Pod] {
        var removed: [Pod] = []
        for planned in plan.pods {
            if let pod = try engine.podIfThere(planned.name), pod.name == planned.name {
                _ = try PodLife(engine, pod).stop(seconds: nil)
                try PodLife(engine, pod).remove(force: true)
                removed.append(pod)
            }
            for record in try engine.volumes.all() where record.labels?[Self.podLabel] == planned.name {
                try VolumeRemoval(engine).remove(record.name)
            }
        }
        for (name, secret) in plan.secrets {
            if let found = try engine.secrets.find(name), found.labels?[Self.secretLabel] == secret.secret {
                try engine.secrets.remove(found, engine)
            }
        }
        if claims {
            for name in plan.claims where try engine.volumes.find(name) != nil { try VolumeRemoval(engine).remove(name) }
        }
        return removed
    }
}
