internal import Linux
package import OCI

/// What an image says of how it is run, below what the user says.
extension RunOptions {
    /// - Throws: for what the image's configuration has and cannot be.
    package mutating func apply(_ image: ImageRecord, _ config: ImageConfig) throws(EngineError) {
        self.image = image
        guard let execution = config.config else { return }
        // As with docker: an entry point of the user's takes the image's command away as well.
        if entrypoint == nil {
            if command.isEmpty { command = execution.Cmd ?? [] }
            entrypoint = execution.Entrypoint.flatMap { $0.isEmpty ? nil : $0 }
        }
        environment = (execution.Env ?? []).filter { $0.contains("=") } + environment
        if user == nil, let text = execution.User, !text.isEmpty {
            do throws(EngineError) { user = try UserRequest.parse(text) } catch {
                throw EngineError("image \(root.description): its user \"\(text)\" is none; give one with --user")
            }
        }
        if workingDirectory == nil, let directory = execution.WorkingDir, !directory.isEmpty {
            workingDirectory = directory.hasPrefix("/") ? directory : "/\(directory)"
        }
        labels = (execution.Labels ?? [:]).merging(labels) { $1 }
        imageHealth = execution.Healthcheck
        for port in (execution.ExposedPorts ?? [:]).keys.sorted() {
            networking.exposed.append(try PortRequest.parse(port, flag: "the image's port"))
        }
        imageVolumes = (execution.Volumes ?? [:]).keys.sorted()
        if stopSignal == nil, let name = execution.StopSignal, !name.isEmpty {
            guard let number = Signals.number(of: name) else {
                throw EngineError("image \(root.description): its stop signal \"\(name)\" is none; give one with --stop-signal")
            }
            stopSignal = number
        }
    }
}
