internal import Linux

/// What is done to all containers of a pod. Each is tried, also after one that failed.
package struct PodLife {
    private let engine: Engine
    private let pod: Pod

    package init(_ engine: Engine, _ pod: Pod) {
        self.engine = engine
        self.pod = pod
    }

    /// - Returns: what went wrong, a line each.
    package func start() throws(EngineError) -> [EngineError] {
        var errors: [EngineError] = []
        for record in [pod.infra] + (try engine.members(of: pod)) {
            do throws(EngineError) {
                guard try !engine.status(record.id).isLive else { continue }
                try MonitorLaunch(engine, record, try Engine.settings(record)).startAgain().awaitStart(record.name)
            } catch {
                errors.append(error)
                // Nothing shares what is not there.
                if record.id == pod.id { break }
            }
        }
        engine.report("start", pod)
        return errors
    }

    /// Members first, all at once; then what they share.
    ///
    /// - Parameter seconds: until SIGKILL; nil is each container's own.
    package func stop(seconds: Int?) throws(EngineError) -> [EngineError] {
        let locations = engine.locations
        func stopping(_ record: ContainerRecord) throws(EngineError) -> Worker<EngineError?> {
            try attempt("start a thread") { () throws(SystemError) in
                try Worker {
                    do throws(EngineError) {
                        let settings = try Engine.settings(record)
                        try ContainerSignal(try Engine(locations), record).stop(
                            settings.stopSignal ?? Signals.terminate, seconds: seconds ?? settings.stopTimeout ?? 10)
                        return nil
                    } catch { return error }
                }
            }
        }
        let workers = try engine.members(of: pod).map { record throws(EngineError) in try stopping(record) }
        let errors = workers.compactMap { $0.result() } + [try stopping(pod.infra).result()].compactMap { $0 }
        engine.report("stop", pod)
        return errors
    }

    /// To those that run.
    package func kill(_ number: Int32) throws(EngineError) -> [EngineError] {
        try change("kill") { record throws(EngineError) in
            let signal = ContainerSignal(engine, record)
            if number == Signals.kill { try signal.end() } else { try signal.send(number) }
        }
    }

    package func pause() throws(EngineError) -> [EngineError] {
        try change("pause") { record throws(EngineError) in
            if case .running = try engine.status(record.id) { try engine.pause(record) }
        }
    }

    package func unpause() throws(EngineError) -> [EngineError] {
        try change("unpause") { record throws(EngineError) in
            if case .paused = try engine.status(record.id) { try engine.resume(record) }
        }
    }

    private func change(
        _ action: String, _ body: (ContainerRecord) throws(EngineError) -> Void
    ) throws(EngineError) -> [EngineError] {
        var errors: [EngineError] = []
        for record in try engine.members(of: pod) + [pod.infra] {
            do throws(EngineError) {
                if try engine.status(record.id).isLive { try body(record) }
            } catch { errors.append(error) }
        }
        engine.report(action, pod)
        return errors
    }

    /// With all its containers.
    ///
    /// - Parameters:
    ///   - force: ends those that run.
    ///   - volumes: with the volumes that were made for its containers alone.
    package func remove(force: Bool, volumes: Bool = true) throws(EngineError) {
        let members = try engine.members(of: pod)
        if !force {
            for record in [pod.infra] + members where try engine.status(record.id).isLive {
                throw EngineError(
                    "pod \(pod.name) has containers that run, \(record.name) for one; stop it first (hako pod stop \(pod.name)), "
                        + "or use --force")
            }
        }
        for record in members.reversed() { try ContainerRemoval.remove(record, engine, force: force, volumes: volumes) }
        try ContainerRemoval.remove(pod.infra, engine, force: force, ofPod: true)
        engine.report("remove", pod)
    }
}
