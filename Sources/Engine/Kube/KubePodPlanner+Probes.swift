internal import JSON
internal import Runtime

/// Kubernetes' probes as the health check that a container's monitor makes.
extension KubePodPlanner {
    /// A container that is not alive any more, or does not start, starts again; of one that is not ready it is only said.
    ///
    /// - Returns: what is not watched, a line each.
    func addProbes(
        of container: KubeContainer, _ field: String, isInit: Bool, to options: inout RunOptions
    ) throws(EngineError) -> [String] {
        let all = [
            ("livenessProbe", container.livenessProbe), ("readinessProbe", container.readinessProbe),
            ("startupProbe", container.startupProbe),
        ]
        if isInit, let set = all.first(where: { $0.1 != nil }) {
            throw failure("\(field).\(set.0)", "has no meaning for a container that runs to its end")
        }
        if let startup = container.startupProbe {
            options.health.startup = try self.startup(startup, container, "\(field).startupProbe")
        }
        if let liveness = container.livenessProbe { try add(liveness, container, "\(field).livenessProbe", to: &options) }
        if container.livenessProbe != nil || container.startupProbe != nil {
            options.health.onFailure = spec.restartPolicy == "Never" ? "kill" : "restart"
        }
        guard let readiness = container.readinessProbe else { return [] }
        guard container.livenessProbe == nil, container.startupProbe == nil else {
            // Where it leads is checked all the same.
            _ = try network(readiness, container, "\(field).readinessProbe")
            return ["pod \(name): \(field).readinessProbe is not watched beside another probe: nothing here waits for it"]
        }
        try add(readiness, container, "\(field).readinessProbe", to: &options)
        return []
    }

    private func add(
        _ probe: KubeProbe, _ container: KubeContainer, _ field: String, to options: inout RunOptions
    ) throws(EngineError) {
        options.health.command = probe.exec.map { JSONValue(["CMD"] + $0.command).text() }
        options.health.probe = try network(probe, container, field)
        options.health.interval = "\(probe.periodSeconds ?? 10)s"
        options.health.timeout = "\(probe.timeoutSeconds ?? 1)s"
        options.health.retries = "\(probe.failureThreshold ?? 3)"
        options.health.startPeriod = "\(probe.initialDelaySeconds ?? 0)s"
    }

    private func startup(
        _ probe: KubeProbe, _ container: KubeContainer, _ field: String
    ) throws(EngineError) -> HealthCheck.Startup {
        func nanoseconds(_ seconds: Int) -> Int64 { Int64(seconds) * 1_000_000_000 }
        var startup = HealthCheck.Startup()
        startup.command = probe.exec?.command
        startup.probe = try network(probe, container, field)
        startup.delay = nanoseconds(probe.initialDelaySeconds ?? 0)
        startup.interval = nanoseconds(probe.periodSeconds ?? 10)
        startup.timeout = nanoseconds(probe.timeoutSeconds ?? 1)
        startup.retries = probe.failureThreshold ?? 3
        return startup
    }

    /// Nil for a command.
    private func network(
        _ probe: KubeProbe, _ container: KubeContainer, _ field: String
    ) throws(EngineError) -> NetworkProbe? {
        guard probe.exec == nil else { return nil }
        var network = NetworkProbe()
        let host = probe.httpGet?.host ?? probe.tcpSocket?.host ?? ""
        network.host = host.isEmpty || host == "localhost" ? nil : host
        network.path = probe.httpGet?.path
        network.headers = probe.httpGet?.httpHeaders
        switch probe.httpGet?.port ?? probe.tcpSocket?.port {
        case .number(let number): network.port = number
        case .name(let name):
            guard let port = (container.ports ?? []).first(where: { $0.name == name }) else {
                throw failure(field, "names the port \(name), which the container has not")
            }
            network.port = port.containerPort
        case nil: break
        }
        return network
    }
}
